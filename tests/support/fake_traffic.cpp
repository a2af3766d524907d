#include "tests/support/fake_traffic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spillway::testing {

namespace asio = boost::asio;

namespace {

std::string words(std::string_view verb, const Backend& backend) {
  return fmt::format("{} {} {}:{}", verb, backend.group.name, backend.ip, backend.port);
}

}  // namespace

FakeTraffic::FakeTraffic(io::Clock& clock, std::string name)
    : clock_{clock}, name_{std::move(name)} {}

asio::awaitable<Result<std::vector<ListedBackend>>> FakeTraffic::list(std::string workload,
                                                                      io::Deadline deadline) {
  auto failure = co_await begin(Call::list, "list " + workload, deadline);
  if (failure) co_return std::move(*failure);
  std::vector<ListedBackend> listed{};
  for (const auto& [group, entry] : backends_) {
    if (entry.backend.workload != workload) continue;
    listed.push_back(entry);
    if (!counts_in_flight) listed.back().in_flight.reset();
  }
  co_return listed;
}

asio::awaitable<Result<void>> FakeTraffic::admit(Backend backend, io::Deadline deadline) {
  auto failure = co_await begin(Call::admit, words("admit", backend), deadline);
  if (failure) co_return std::move(*failure);
  const bool is_new{!backends_.contains(backend.group.name)};
  if (is_new && slots && backends_.size() >= *slots) {
    co_return Error{Errc::no_capacity, "every slot is in use"};
  }
  ListedBackend& entry{backends_[backend.group.name]};
  entry.backend = std::move(backend);
  entry.state = BackendState::admitted;
  entry.in_flight = entry.in_flight.value_or(0);
  co_return Result<void>{};
}

asio::awaitable<Result<void>> FakeTraffic::drain(Backend backend, io::Deadline deadline) {
  auto failure = co_await begin(Call::drain, words("drain", backend), deadline);
  if (failure) co_return std::move(*failure);
  const auto found = backends_.find(backend.group.name);
  if (found != backends_.end()) found->second.state = BackendState::draining;
  co_return Result<void>{};
}

asio::awaitable<Result<void>> FakeTraffic::evict(Backend backend, io::Deadline deadline) {
  auto failure = co_await begin(Call::evict, words("evict", backend), deadline);
  if (failure) co_return std::move(*failure);
  const auto found = backends_.find(backend.group.name);
  if (found == backends_.end()) co_return Result<void>{};
  found->second.state = BackendState::draining;
  const int in_flight{found->second.in_flight.value_or(0)};
  if (counts_in_flight && in_flight > 0) {
    co_return Error{Errc::transitioning,
                    fmt::format("{} has {} requests in flight", backend.group.name, in_flight)};
  }
  backends_.erase(found);
  co_return Result<void>{};
}

void FakeTraffic::set_in_flight(std::string_view group, int count) {
  const auto found = backends_.find(group);
  if (found != backends_.end()) found->second.in_flight = count;
}

std::size_t FakeTraffic::count_calls(std::string_view beginning) const {
  return static_cast<std::size_t>(
      std::count_if(calls.begin(), calls.end(),
                    [&](const std::string& call) { return call.starts_with(beginning); }));
}

const ListedBackend* FakeTraffic::find(std::string_view group) const {
  const auto found = backends_.find(group);
  return found == backends_.end() ? nullptr : &found->second;
}

bool FakeTraffic::is_admitted(std::string_view group) const {
  const ListedBackend* const entry{find(group)};
  return entry != nullptr && entry->state == BackendState::admitted;
}

bool FakeTraffic::is_draining(std::string_view group) const {
  const ListedBackend* const entry{find(group)};
  return entry != nullptr && entry->state == BackendState::draining;
}

std::vector<std::string> FakeTraffic::admitted() const {
  std::vector<std::string> names{};
  for (const auto& [group, entry] : backends_) {
    if (entry.state == BackendState::admitted) names.push_back(group);
  }
  return names;
}

asio::awaitable<std::optional<Error>> FakeTraffic::begin(Call call, std::string what,
                                                         io::Deadline deadline) {
  calls.push_back(what);
  if (hangs) {
    const auto slept = co_await clock_.sleep_until(deadline.at);
    if (!slept) co_return slept.error();
  }
  if (clock_.now() >= deadline.at) co_return Error{Errc::timeout, std::move(what)};
  if (outage) co_return outage;
  std::deque<Error>& queue{weather_[call]};
  if (queue.empty()) co_return std::nullopt;
  Error next{std::move(queue.front())};
  queue.pop_front();
  co_return next;
}

}  // namespace spillway::testing
