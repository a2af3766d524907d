#include "controller/traffic/haproxy/haproxy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "controller/io/endpoint.hpp"
#include "controller/io/gather.hpp"
#include "controller/io/log.hpp"
#include "controller/traffic/haproxy/merge.hpp"
#include "controller/traffic/haproxy/names.hpp"

namespace spillway::haproxy {

namespace asio = boost::asio;

namespace {

/// Processes are few; all are asked at the same time.
constexpr std::size_t at_once{16};

bool is_unreachable(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::timeout;
}

template <class T>
std::optional<Error> error_of(const Result<T>& answer) {
  return answer ? std::nullopt : std::optional{answer.error()};
}

/// One answer for all: success if there is enough of it, else what a person should see first.
template <class T>
std::optional<Error> verdict(const std::vector<Result<T>>& answers, bool may_miss_some) {
  std::optional<Error> unreachable{};
  std::size_t answered{0};
  for (const Result<T>& answer : answers) {
    if (answer) {
      ++answered;
    } else if (!is_unreachable(answer.error())) {
      return answer.error();
    } else {
      unreachable = answer.error();
    }
  }
  if (!unreachable || (may_miss_some && answered > 0)) return std::nullopt;
  return unreachable;
}

}  // namespace

std::vector<std::unique_ptr<RuntimeApi>> lines_to(const Settings& settings, io::Clock& clock) {
  std::vector<std::unique_ptr<RuntimeApi>> lines{};
  for (const std::string& socket : settings.sockets) {
    auto endpoint = io::parse_endpoint(socket);
    if (!endpoint) throw std::invalid_argument{to_string(endpoint.error())};
    lines.push_back(make_runtime_api(std::move(*endpoint), clock, settings.timeout));
  }
  return lines;
}

HaproxyTraffic::HaproxyTraffic(std::string name, Settings settings, io::Clock& clock)
    : HaproxyTraffic{std::move(name), settings, lines_to(settings, clock)} {}

HaproxyTraffic::HaproxyTraffic(std::string name, Settings settings,
                               std::vector<std::unique_ptr<RuntimeApi>> lines)
    : name_{std::move(name)},
      settings_{std::make_unique<const Settings>(std::move(settings))},
      is_reachable_(lines.size(), true) {
  if (lines.empty()) throw std::invalid_argument{"traffic " + name_ + ": no sockets"};
  if (!is_valid_name(settings_->prefix)) {
    throw std::invalid_argument{"traffic " + name_ + ": no prefix to tell our servers by"};
  }
  for (auto& line : lines) {
    processes_.push_back(std::make_unique<Process>(*settings_, asked_, std::move(line)));
  }
}

asio::awaitable<Result<std::vector<ListedBackend>>> HaproxyTraffic::list(std::string workload,
                                                                         io::Deadline deadline) {
  const Result<std::string> backend = haproxy_backend(workload);
  if (!backend) co_return backend.error();
  std::vector<asio::awaitable<Result<std::vector<ListedBackend>>>> questions{};
  for (const auto& process : processes_) {
    questions.push_back(process->list(*backend, workload, deadline));
  }
  auto answers = co_await io::gather(std::move(questions), at_once);
  for (std::size_t i{0}; i < answers.size(); ++i) {
    see(i, error_of(answers[i]));
  }
  if (auto failure{verdict(answers, true)}) co_return std::move(*failure);
  std::vector<std::vector<ListedBackend>> listings{};
  for (auto& answer : answers) {
    if (answer) listings.push_back(std::move(*answer));
  }
  std::vector<ListedBackend> merged{merge(listings)};
  const bool is_partly_blind{listings.size() < processes_.size() &&
                             settings_->unreachable == Unreachable::hold};
  if (is_partly_blind) {
    for (ListedBackend& entry : merged) entry.in_flight.reset();
  }
  co_return merged;
}

asio::awaitable<Result<void>> HaproxyTraffic::admit(Backend backend, io::Deadline deadline) {
  const Result<std::string> haproxy = haproxy_backend(backend.workload);
  if (!haproxy) co_return haproxy.error();
  asked_.remember(backend);
  Call call{[&](Process& process) { return process.admit(*haproxy, backend, deadline); }};
  co_return co_await on_all(std::move(call), Wants::one_at_least);
}

asio::awaitable<Result<void>> HaproxyTraffic::drain(Backend backend, io::Deadline deadline) {
  const Result<std::string> haproxy = haproxy_backend(backend.workload);
  if (!haproxy) co_return haproxy.error();
  asked_.remember(backend);
  Call call{[&](Process& process) { return process.drain(*haproxy, backend, deadline); }};
  co_return co_await on_all(std::move(call), Wants::all);
}

asio::awaitable<Result<void>> HaproxyTraffic::evict(Backend backend, io::Deadline deadline) {
  const Result<std::string> haproxy = haproxy_backend(backend.workload);
  if (!haproxy) co_return haproxy.error();
  Call call{[&](Process& process) { return process.evict(*haproxy, backend, deadline); }};
  const Result<void> done = co_await on_all(std::move(call), Wants::all);
  if (done) asked_.forget(backend);
  co_return done;
}

asio::awaitable<Result<void>> HaproxyTraffic::on_all(Call call, Wants wants) {
  std::vector<asio::awaitable<Result<void>>> operations{};
  for (const auto& process : processes_) operations.push_back(call(*process));
  const auto answers = co_await io::gather(std::move(operations), at_once);
  for (std::size_t i{0}; i < answers.size(); ++i) {
    see(i, error_of(answers[i]));
  }
  const bool may_miss_some{wants == Wants::one_at_least ||
                           settings_->unreachable == Unreachable::skip};
  if (auto failure{verdict(answers, may_miss_some)}) co_return std::move(*failure);
  co_return Result<void>{};
}

bool HaproxyTraffic::sees_all() const {
  if (settings_->unreachable == Unreachable::skip) return true;
  return std::ranges::all_of(is_reachable_, [](bool is_reachable) { return is_reachable; });
}

Result<std::string> HaproxyTraffic::haproxy_backend(const std::string& workload) {
  Result<std::string> backend = backend_for(settings_->backend, workload);
  if (!backend) return with_context("traffic " + name_, backend.error());
  const auto [place, is_new] = workload_of_.try_emplace(*backend, workload);
  if (place->second == workload) return backend;
  return Error{
      Errc::bad_request,
      fmt::format("traffic {}: HAProxy's backend {} already belongs to workload {}, so {} "
                  "needs a `backend` of its own (or one with {{{{workload}}}} in its name)",
                  name_, *backend, place->second, workload)};
}

/// With several processes an unreachable one does not fail every call, so it is told here.
void HaproxyTraffic::see(std::size_t process, const std::optional<Error>& failure) {
  const bool is_reachable{!failure || !is_unreachable(*failure)};
  if (is_reachable == is_reachable_[process]) return;
  is_reachable_[process] = is_reachable;
  if (is_reachable) {
    io::log_event(io::LogLevel::info, "HaproxyReachable",
                  {{"traffic", name_}, {"process", processes_[process]->address()}});
  } else {
    io::log_event(
        io::LogLevel::warning, "HaproxyUnreachable",
        {{"traffic", name_}, {"process", processes_[process]->address()}, {"error", *failure}});
  }
}

}  // namespace spillway::haproxy
