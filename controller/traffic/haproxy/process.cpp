#include "controller/traffic/haproxy/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "controller/traffic/haproxy/commands.hpp"
#include "controller/traffic/haproxy/map_entry.hpp"
#include "controller/traffic/reconcile.hpp"

namespace spillway::haproxy {

namespace asio = boost::asio;

namespace {

/// To learn a backend's number, to use it, and once more if it changes in between.
constexpr int attempts_at_number{3};

/// Whether one of them gets requests, apart from `leaving`.
bool any_admitted(const std::vector<ListedBackend>& listed, const ListedBackend* leaving) {
  return std::ranges::any_of(listed, [&](const ListedBackend& each) {
    return &each != leaving && each.state == BackendState::admitted;
  });
}

Result<void> parse(Step::Kind kind, std::string_view answer) {
  switch (kind) {
    case Step::Kind::add:
      return parse_added(answer);
    case Step::Kind::change:
      return parse_changed(answer);
    case Step::Kind::remove:
      return parse_deleted(answer);
  }
  return parse_changed(answer);
}

/// Nobody can route by a map that is not there: an admit says so, and the rest goes on.
bool is_more_than_a_missing_map(const Result<void>& mapped) {
  return !mapped && mapped.error().code != Errc::bad_request;
}

}  // namespace

asio::awaitable<Result<std::vector<ListedBackend>>> Process::list(std::string haproxy_backend,
                                                                  std::string workload,
                                                                  io::Deadline deadline) {
  const auto present = co_await servers(std::move(haproxy_backend), deadline);
  if (!present) co_return present.error();
  auto listed = our_backends(settings_, workload, *present, asked_);
  const Result<void> mapped =
      co_await bring_map(std::move(workload), any_admitted(listed, nullptr), deadline);
  if (is_more_than_a_missing_map(mapped)) co_return mapped.error();
  co_return listed;
}

asio::awaitable<Result<void>> Process::admit(std::string haproxy_backend, Backend backend,
                                             io::Deadline deadline) {
  const Admissions::UnderWay under_way{admissions_};
  const auto present = co_await servers(haproxy_backend, deadline);
  if (!present) co_return present.error();
  auto steps = steps_to_admit(settings_, haproxy_backend, *present, backend, admissions_.chosen());
  if (!steps) co_return at_this_process(steps.error());
  admissions_.choose(haproxy_backend + "/" + steps->server);
  const Result<void> done = co_await carry_out(std::move(*steps), deadline);
  if (!done) co_return done;
  co_return co_await bring_map(std::move(backend.workload), true, deadline);
}

asio::awaitable<Result<void>> Process::drain(std::string haproxy_backend, Backend backend,
                                             io::Deadline deadline) {
  const auto present = co_await servers(haproxy_backend, deadline);
  if (!present) co_return present.error();
  auto steps = steps_to_drain(settings_, haproxy_backend, *present, backend);
  if (!steps) co_return at_this_process(steps.error());
  const Result<void> mapped = co_await map_without(*present, backend, deadline);
  if (is_more_than_a_missing_map(mapped)) co_return mapped;
  co_return co_await carry_out(std::move(*steps), deadline);
}

asio::awaitable<Result<void>> Process::evict(std::string haproxy_backend, Backend backend,
                                             io::Deadline deadline) {
  const auto present = co_await servers(haproxy_backend, deadline);
  if (!present) co_return present.error();
  auto steps = steps_to_evict(settings_, haproxy_backend, *present, backend);
  if (!steps) co_return at_this_process(steps.error());
  const Result<void> mapped = co_await map_without(*present, backend, deadline);
  if (is_more_than_a_missing_map(mapped)) co_return mapped;
  const int in_flight{steps->in_flight_left};
  const Result<void> done = co_await carry_out(std::move(*steps), deadline);
  if (!done || in_flight == 0) co_return done;
  co_return at_this_process({Errc::transitioning, fmt::format("{} requests in flight", in_flight)});
}

/// One exchange as long as HAProxy keeps the backend's number: a reload or a restart may change it.
asio::awaitable<Result<std::vector<Server>>> Process::servers(std::string haproxy_backend,
                                                              io::Deadline deadline) {
  std::optional<int> asked_for{};
  if (const auto known = numbers_.find(haproxy_backend); known != numbers_.end()) {
    asked_for = known->second;
  }
  for (int attempt{0}; attempt < attempts_at_number; ++attempt) {
    const Result<std::string> answer =
        co_await api_->ask(show_servers(haproxy_backend, asked_for), deadline);
    if (!answer) co_return with_context("haproxy", answer.error());  // which names the socket
    const auto told = parse_backend_number(*answer);
    if (!told) co_return at_this_process(told.error());
    if (!*told) co_return std::vector<Server>{};  // no server, no number
    if (asked_for == *told) {
      auto parsed = parse_servers(*answer);
      if (!parsed) co_return at_this_process(parsed.error());
      co_return parsed;
    }
    asked_for = *told;
    numbers_[haproxy_backend] = **told;
  }
  co_return at_this_process({Errc::unavailable, "it is being reloaded: its backends change"});
}

asio::awaitable<Result<void>> Process::bring_map(std::string workload, bool is_serving,
                                                 io::Deadline deadline) {
  if (!settings_.has_map) co_return Result<void>{};
  const Result<MapEntry> entry = entry_of(settings_.map, workload);
  if (!entry) co_return at_this_process(entry.error());
  const Result<std::string> answer = co_await api_->ask(get_entry(*entry), deadline);
  if (!answer) co_return with_context("haproxy", answer.error());
  const auto present = parse_entry(*answer, *entry);
  if (!present) co_return at_this_process(present.error());
  const auto step = entry_step(*entry, *present, is_serving);
  if (!step) co_return Result<void>{};
  const Result<std::string> said = co_await api_->ask(*step, deadline);
  if (!said) co_return with_context("haproxy", said.error());
  const Result<void> done = parse_entry_changed(*said, *entry);
  if (!done) co_return at_this_process(with_context(*step, done.error()));
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Process::map_without(std::vector<Server> present, Backend backend,
                                                   io::Deadline deadline) {
  const auto listed = our_backends(settings_, backend.workload, present, asked_);
  const ListedBackend* const leaving{find_listed(listed, backend)};
  co_return co_await bring_map(backend.workload, any_admitted(listed, leaving), deadline);
}

asio::awaitable<Result<void>> Process::carry_out(Steps steps, io::Deadline deadline) {
  // One exchange for each: a chain of commands on a line goes on after a failure.
  for (const Step& step : steps.steps) {
    const Result<std::string> answer = co_await api_->ask(step.command, deadline);
    if (!answer) co_return with_context("haproxy", answer.error());
    const Result<void> done = parse(step.kind, *answer);
    if (!done) co_return at_this_process(with_context(step.command, done.error()));
  }
  co_return Result<void>{};
}

Error Process::at_this_process(Error error) const {
  return with_context("haproxy " + address(), std::move(error));
}

}  // namespace spillway::haproxy
