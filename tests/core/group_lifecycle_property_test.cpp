// What holds for every event in every phase, at whatever time. Single lives of groups are told in
// group_lifecycle_test.cpp.

#include "controller/core/group_lifecycle.hpp"

#include <array>
#include <set>
#include <tuple>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::group_lifecycle_property_test {
namespace {

using namespace std::chrono_literals;
using enum GroupPhase;
using Event = GroupEvent;

constexpr TimePoint t0{1'795'444'200'000ms};

constexpr std::array all_phases{GroupPhase::intended, GroupPhase::creating, GroupPhase::starting,
                                GroupPhase::probing,  GroupPhase::serving,  GroupPhase::draining,
                                GroupPhase::removing, GroupPhase::gone,     GroupPhase::failed,
                                GroupPhase::evicted,  GroupPhase::stuck};

constexpr std::array all_events{
    GroupEvent::create_accepted,   GroupEvent::create_unanswered, GroupEvent::create_refused,
    GroupEvent::create_deferred,   GroupEvent::remove_accepted,   GroupEvent::remove_deferred,
    GroupEvent::seen_provisioning, GroupEvent::seen_provisioned,  GroupEvent::seen_running,
    GroupEvent::seen_failed,       GroupEvent::seen_deleting,     GroupEvent::seen_missing,
    GroupEvent::seen_moved,        GroupEvent::seen_evicted,      GroupEvent::probe_passed,
    GroupEvent::probe_failed,      GroupEvent::in_flight_zero,    GroupEvent::drain_wanted,
    GroupEvent::readmit_wanted,    GroupEvent::remove_wanted,     GroupEvent::tick,
    GroupEvent::withdrawn,         GroupEvent::seen_completed};

TEST_CASE("gone is final: no event changes it or asks for anything") {
  const GroupState closed{.phase = gone, .since = t0, .created_at = t0};
  for (const Event event : all_events) {
    CAPTURE(to_string(event));
    CHECK(next_step(closed, event, t0 + 24h, {}) == Step{closed, Do::nothing, std::nullopt});
  }
}

TEST_CASE("every event is legal in every phase, now and after every limit") {
  for (const GroupPhase phase : all_phases) {
    for (const Event event : all_events) {
      for (const Duration later : {Duration{0s}, Duration{1h}}) {
        CAPTURE(to_string(phase));
        CAPTURE(to_string(event));
        const GroupState state{.phase = phase, .since = t0, .created_at = t0};
        const Step step{next_step(state, event, t0 + later, {})};
        CHECK(to_string(step.state.phase) != "unknown");
        CHECK(to_string(step.action) != "unknown");
        if (step.state.phase != phase) CHECK(step.state.since == t0 + later);
        // Only 404 closes a record: nothing else proves that the money stopped.
        if (step.state.phase == gone && phase != gone) CHECK(event == Event::seen_missing);
        CHECK((step.action == Do::admit) == (step.state.phase == serving && phase != serving));
        CHECK((step.action == Do::forget) == (step.state.phase == gone && phase != gone));
      }
    }
  }
}

/// Every phase that can be reached from `from`, whatever happens and however late.
std::set<GroupPhase> reachable(GroupPhase from) {
  std::set<std::tuple<GroupPhase, bool>> seen{};
  std::vector<GroupState> open{{.phase = from, .since = t0, .created_at = t0}};
  while (!open.empty()) {
    const GroupState state{open.back()};
    open.pop_back();
    if (!seen.insert({state.phase, state.is_unanswered}).second) continue;
    for (const Event event : all_events) {
      for (const Duration later : {Duration{1s}, Duration{1h}}) {
        GroupState next{next_step(state, event, t0 + later, {}).state};
        next.since = next.created_at = t0;
        open.push_back(next);
      }
    }
  }
  std::set<GroupPhase> phases{};
  for (const auto& [phase, is_unanswered] : seen) phases.insert(phase);
  return phases;
}

TEST_CASE("a leaving group never goes back to serving, and every group can end") {
  for (const GroupPhase leaving : {failed, evicted, removing, stuck}) {
    CAPTURE(to_string(leaving));
    const std::set<GroupPhase> phases{reachable(leaving)};
    CHECK_FALSE(phases.contains(serving));
    CHECK_FALSE(phases.contains(draining));
    CHECK_FALSE(phases.contains(probing));
    CHECK(phases.contains(gone));
  }
  CHECK(reachable(intended).size() == all_phases.size());
}

}  // namespace
}  // namespace spillway::group_lifecycle_property_test
