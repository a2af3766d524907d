#include "controller/loop/group_operations.hpp"

#include <utility>

#include "controller/loop/adoption.hpp"

namespace asio = boost::asio;

namespace spillway {
namespace {

/// ARM itself gives a provider 60 s before it answers 504; a bit more, so that it can tell us.
constexpr Duration call_timeout{std::chrono::seconds{65}};

}  // namespace

GroupEvent create_event(Errc code) {
  switch (code) {
    case Errc::throttled:
    case Errc::transitioning:
      return GroupEvent::create_deferred;
    case Errc::no_capacity:
    case Errc::quota:
    case Errc::denied:
    case Errc::bad_request:
    case Errc::registry:
      return GroupEvent::create_refused;
    case Errc::timeout:
    case Errc::unavailable:
    case Errc::not_found:
    case Errc::cancelled:
    case Errc::malformed:
    case Errc::too_large:
      return GroupEvent::create_unanswered;
  }
  return GroupEvent::create_unanswered;
}

GroupOperations::GroupOperations(BurstProvider& provider, io::Prober& prober, io::Clock& clock,
                                 std::string owner)
    : provider_{provider}, prober_{prober}, clock_{clock}, owner_{std::move(owner)} {}

asio::awaitable<OperationResult> GroupOperations::create(GroupRecord group,
                                                         const Workload& workload) {
  GroupRequest request{};
  request.id = group.id;
  request.place = group.place;
  request.size = group.size;
  request.replica = workload.replica;
  request.tags = OwnerTags{.owner = owner_,
                           .workload = group.workload,
                           .template_hash = group.template_hash,
                           .created_at = group.intended_at.value_or(group.state.created_at)};
  const auto deadline = io::deadline_after(clock_, call_timeout);
  const auto answer = co_await provider_.create(std::move(request), deadline);
  OperationResult result{};
  if (answer) {
    result.event = GroupEvent::create_accepted;
  } else {
    result.event = create_event(answer.error().code);
    result.error = answer.error();
  }
  co_return result;
}

asio::awaitable<OperationResult> GroupOperations::look_up(GroupRecord group) {
  const auto deadline = io::deadline_after(clock_, call_timeout);
  auto answer = co_await provider_.get(group.id, deadline);
  OperationResult result{};
  if (answer) {
    result.event =
        is_evicted(*answer, group) ? GroupEvent::seen_evicted : event_of(*answer, group.ip);
    result.seen = std::move(*answer);
  } else if (answer.error().code == Errc::not_found) {
    result.event = GroupEvent::seen_missing;
  } else {
    result.error = answer.error();
  }
  co_return result;
}

asio::awaitable<OperationResult> GroupOperations::probe(GroupRecord group, ProbeSettings settings,
                                                        TimePoint at) {
  OperationResult result{};
  const auto slept = co_await clock_.sleep_until(at);
  if (!slept) {
    result.error = slept.error();
    co_return result;
  }
  io::ProbeTarget target{};
  if (group.ip.empty()) {
    // Nothing can be asked of what has no address: the provider says whether it runs.
    result = co_await look_up(std::move(group));
    if (result.event == GroupEvent::seen_running) result.event = GroupEvent::probe_passed;
    co_return result;
  }
  target.ip = group.ip;
  target.port = static_cast<std::uint16_t>(settings.port > 0 ? settings.port : group.port);
  target.path = settings.path;
  if (settings.is_https) target.scheme = "https";
  const auto deadline = io::deadline_after(clock_, settings.timeout);
  const TimePoint began{clock_.now()};
  const auto answer = co_await prober_.probe(std::move(target), deadline);
  if (answer) {
    result.event = GroupEvent::probe_passed;
    result.took = clock_.now() - began;
  } else {
    result.error = answer.error();
  }
  co_return result;
}

asio::awaitable<OperationResult> GroupOperations::remove(GroupRecord group) {
  const auto deadline = io::deadline_after(clock_, call_timeout);
  const auto answer = co_await provider_.remove(group.id, deadline);
  OperationResult result{};
  if (answer) {
    result.event = GroupEvent::remove_accepted;
  } else if (answer.error().code == Errc::not_found) {
    result.event = GroupEvent::seen_missing;
  } else {
    result.event = GroupEvent::remove_deferred;
    result.error = answer.error();
  }
  co_return result;
}

}  // namespace spillway
