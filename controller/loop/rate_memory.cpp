// The provider's rate limits count what an earlier run of the controller sent as well: its records
// tell. The rest of ControlLoop is in control_loop.cpp.
#include <algorithm>
#include <utility>
#include <vector>

#include "controller/loop/control_loop.hpp"

namespace spillway {
namespace {

/// More than any rate limit allows in its longest window.
constexpr int rated_groups_max{2000};

}  // namespace

Result<void> ControlLoop::recall_rates() {
  constexpr Duration longest_window{std::chrono::hours{1}};
  const TimePoint now{parts_.clock.now()};
  const TimePoint since{now - longest_window};
  std::vector<std::pair<TimePoint, Place>> creates{};
  std::vector<std::pair<TimePoint, Place>> removes{};
  auto recent{parts_.store.groups({.workload = {}, .since = since, .limit = rated_groups_max})};
  if (!recent) return recent.error();
  for (const GroupRecord& record : *recent) {
    if (is_standby_bill(record)) continue;
    const GroupState& state{record.state};
    if (state.created_at >= since)
      creates.emplace_back(std::min(state.created_at, now), record.place);
    const bool is_removed{state.phase == GroupPhase::gone || state.phase == GroupPhase::removing};
    if (is_removed && state.since >= since)
      removes.emplace_back(std::min(state.since, now), record.place);
  }
  std::ranges::sort(creates);
  std::ranges::sort(removes);
  for (const auto& [at, place] : creates) parts_.provider.note_past_create(place, at);
  for (const auto& [at, place] : removes) parts_.provider.note_past_remove(place, at);
  return {};
}

}  // namespace spillway
