#include "controller/core/group_lifecycle.hpp"

#include <optional>

#include "tests/support/printing_core.hpp"

namespace spillway {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{1'795'444'200'000ms};

/// What the machine answers, without the bookkeeping.
struct Answer {
  GroupPhase phase;
  Do action;
  std::optional<Because> because{};
  bool operator==(const Answer&) const = default;
};

/// One group's life, told event by event; times count from its intent.
struct Dialogue {
  GroupState state{.since = t0, .created_at = t0};
  LifecycleLimits limits{};

  Answer hears(GroupEvent event, Duration at) {
    const Step step{next_step(state, event, t0 + at, limits)};
    state = step.state;
    return {state.phase, step.action, step.because};
  }

  /// Brings a new group to serving within 40 s.
  void start() {
    hears(GroupEvent::create_accepted, 1s);
    hears(GroupEvent::seen_provisioning, 5s);
    hears(GroupEvent::seen_provisioned, 30s);
    hears(GroupEvent::seen_running, 35s);
    hears(GroupEvent::probe_passed, 40s);
    REQUIRE(state.phase == GroupPhase::serving);
  }
};

}  // namespace
}  // namespace spillway

namespace doctest {
template <>
struct StringMaker<spillway::Answer> {
  static String convert(const spillway::Answer& answer) {
    String text{toString(answer.phase) + ", " + toString(answer.action)};
    if (answer.because) text += ", " + toString(*answer.because);
    return text;
  }
};
}  // namespace doctest

namespace spillway::group_lifecycle_test {
namespace {

using enum GroupPhase;
using Event = GroupEvent;

TEST_CASE("a good life: created, probed, served, drained, removed, gone") {
  Dialogue group{};
  CHECK(group.hears(Event::tick, 0s) == Answer{intended, Do::create});
  CHECK(group.hears(Event::create_accepted, 1s) == Answer{creating, Do::nothing});
  CHECK(group.hears(Event::tick, 5s) == Answer{creating, Do::look_up});
  CHECK(group.hears(Event::seen_provisioning, 6s) == Answer{creating, Do::nothing});
  CHECK(group.hears(Event::seen_provisioned, 30s) == Answer{starting, Do::nothing});
  CHECK(group.hears(Event::seen_running, 35s) == Answer{probing, Do::probe});
  CHECK(group.hears(Event::probe_failed, 36s) == Answer{probing, Do::probe});
  CHECK(group.hears(Event::probe_passed, 40s) == Answer{serving, Do::admit});
  CHECK(group.hears(Event::tick, 45s) == Answer{serving, Do::probe});
  CHECK(group.hears(Event::drain_wanted, 300s) ==
        Answer{draining, Do::withdraw, Because::scale_in});
  CHECK(group.hears(Event::tick, 310s) == Answer{draining, Do::nothing});
  CHECK(group.hears(Event::in_flight_zero, 320s) == Answer{removing, Do::remove, Because::drained});
  CHECK(group.hears(Event::remove_accepted, 321s) == Answer{removing, Do::nothing});
  CHECK(group.hears(Event::tick, 325s) == Answer{removing, Do::look_up});
  CHECK(group.hears(Event::seen_deleting, 326s) == Answer{removing, Do::nothing});
  CHECK(group.hears(Event::seen_missing, 340s) == Answer{gone, Do::forget, Because::scale_in});
}

TEST_CASE("a create whose answer is lost is looked up by name, never repeated blindly") {
  Dialogue group{};
  CHECK(group.hears(Event::create_unanswered, 65s) == Answer{intended, Do::look_up});
  CHECK(group.hears(Event::tick, 70s) == Answer{intended, Do::look_up});

  SUBCASE("it had arrived") {
    CHECK(group.hears(Event::seen_running, 71s) == Answer{probing, Do::probe});
    CHECK_FALSE(group.state.is_unanswered);
  }
  SUBCASE("it had not: the same name is used again") {
    CHECK(group.hears(Event::seen_missing, 71s) == Answer{intended, Do::create});
    CHECK(group.hears(Event::create_accepted, 72s) == Answer{creating, Do::nothing});
    CHECK_FALSE(group.state.is_unanswered);
  }
}

TEST_CASE("a refused create is deleted by name, since the provider may keep and bill it") {
  Dialogue group{};
  CHECK(group.hears(Event::create_refused, 2s) ==
        Answer{failed, Do::remove, Because::create_refused});
  CHECK(group.hears(Event::remove_deferred, 3s) == Answer{failed, Do::nothing});
  CHECK(group.hears(Event::tick, 8s) == Answer{failed, Do::remove});
  CHECK(group.hears(Event::remove_accepted, 9s) == Answer{removing, Do::nothing});
  CHECK(group.hears(Event::seen_missing, 12s) == Answer{gone, Do::forget, Because::create_refused});
}

TEST_CASE("a deferred create is repeated by the next tick, then forgotten: the place may be busy") {
  Dialogue group{};
  CHECK(group.hears(Event::create_deferred, 1s) == Answer{intended, Do::nothing});
  CHECK(group.hears(Event::tick, 5s) == Answer{intended, Do::create});
  CHECK(group.hears(Event::create_deferred, 30s) == Answer{intended, Do::nothing});
  CHECK(group.hears(Event::tick, 35s) == Answer{intended, Do::create});
  CHECK(group.hears(Event::create_deferred, 36s) ==
        Answer{gone, Do::forget, Because::create_put_off});
}

TEST_CASE("a deferred create whose first answer was lost may exist, and is not forgotten") {
  Dialogue group{};
  group.hears(Event::create_unanswered, 1s);
  CHECK(group.hears(Event::seen_missing, 5s) == Answer{intended, Do::create});
  CHECK(group.hears(Event::create_deferred, 2min) == Answer{intended, Do::nothing});
  CHECK(group.hears(Event::create_deferred, 10min + 1s) ==
        Answer{failed, Do::remove, Because::never_became_ready});
}

TEST_CASE("a delete during creation is repeated until the provider says 404") {
  Dialogue group{};
  group.hears(Event::create_accepted, 1s);
  CHECK(group.hears(Event::drain_wanted, 10s) == Answer{removing, Do::remove, Because::scale_in});
  CHECK(group.hears(Event::remove_deferred, 11s) == Answer{removing, Do::nothing});
  CHECK(group.hears(Event::tick, 15s) == Answer{removing, Do::look_up});
  CHECK(group.hears(Event::seen_provisioning, 16s) == Answer{removing, Do::remove});
  CHECK(group.hears(Event::remove_accepted, 17s) == Answer{removing, Do::nothing});
  CHECK(group.hears(Event::seen_running, 30s) == Answer{removing, Do::remove});  // it was forgotten
  CHECK(group.hears(Event::seen_deleting, 35s) == Answer{removing, Do::nothing});
  CHECK(group.hears(Event::seen_missing, 40s) == Answer{gone, Do::forget, Because::scale_in});
}

TEST_CASE("a drain ends at its deadline with requests still in flight") {
  Dialogue group{};
  group.start();
  group.hears(Event::drain_wanted, 100s);
  CHECK(group.hears(Event::withdrawn, 110s) == Answer{draining, Do::nothing});
  CHECK(group.hears(Event::withdrawn, 160s) == Answer{draining, Do::nothing});
  CHECK(group.hears(Event::tick, 169s) == Answer{draining, Do::nothing});
  CHECK(group.hears(Event::tick, 170s) == Answer{removing, Do::remove, Because::drain_deadline});
  CHECK(group.hears(Event::seen_missing, 180s) == Answer{gone, Do::forget, Because::scale_in});
}

TEST_CASE("a drain that no balancer confirms has no deadline but that for what it costs") {
  Dialogue group{};
  group.start();
  group.hears(Event::drain_wanted, 100s);
  CHECK(group.hears(Event::tick, 2h) == Answer{draining, Do::nothing});
  CHECK(group.hears(Event::tick, 24h) == Answer{draining, Do::nothing});
  CHECK(group.hears(Event::tick, 24h + 100s) ==
        Answer{removing, Do::remove, Because::withdrawal_overdue});
}

TEST_CASE("a confirmed withdrawal does not count for the next drain") {
  Dialogue group{};
  group.start();
  group.hears(Event::drain_wanted, 100s);
  group.hears(Event::withdrawn, 101s);
  group.hears(Event::readmit_wanted, 110s);
  group.hears(Event::drain_wanted, 300s);
  CHECK(group.hears(Event::tick, 400s) == Answer{draining, Do::nothing});
}

TEST_CASE("a worker whose containers ended well has not failed") {
  Dialogue early{};
  early.hears(Event::create_accepted, 1s);
  CHECK(early.hears(Event::seen_completed, 20s) ==
        Answer{removing, Do::remove, Because::completed});
  Dialogue group{};
  group.start();
  CHECK(group.hears(Event::seen_completed, 100s) ==
        Answer{removing, Do::remove, Because::completed});
  CHECK(group.hears(Event::seen_missing, 120s) == Answer{gone, Do::forget, Because::completed});
}

TEST_CASE("a draining group is readmitted at once, and its drain forgotten") {
  Dialogue group{};
  group.start();
  group.hears(Event::drain_wanted, 100s);
  CHECK(group.hears(Event::readmit_wanted, 110s) ==
        Answer{serving, Do::admit, Because::readmitted});
  CHECK_FALSE(group.state.leaving_because);
  group.hears(Event::drain_wanted, 300s);
  CHECK(group.hears(Event::tick, 301s) == Answer{draining, Do::nothing});  // a new deadline
}

TEST_CASE("a delete that takes no effect counts as stuck, and is still pursued") {
  Dialogue group{};
  group.start();
  group.hears(Event::remove_wanted, 60s);
  CHECK(group.hears(Event::tick, 60s + 10min) == Answer{removing, Do::look_up});
  CHECK(group.hears(Event::tick, 61s + 10min) ==
        Answer{stuck, Do::remove, Because::removal_overdue});
  CHECK(group.hears(Event::remove_accepted, 62s + 10min) == Answer{stuck, Do::nothing});
  CHECK(group.hears(Event::tick, 70s + 10min) == Answer{stuck, Do::look_up});
  CHECK(group.hears(Event::seen_running, 71s + 10min) == Answer{stuck, Do::remove});
  CHECK(group.hears(Event::seen_missing, 1h) == Answer{gone, Do::forget, Because::orphaned});
}

TEST_CASE("a group whose address changes is withdrawn and probed anew before it serves again") {
  Dialogue group{};
  group.start();
  CHECK(group.hears(Event::seen_moved, 20min) ==
        Answer{probing, Do::withdraw, Because::address_changed});
  CHECK(group.hears(Event::tick, 20min + 5s) == Answer{probing, Do::probe});
  CHECK(group.hears(Event::probe_passed, 20min + 6s) == Answer{serving, Do::admit});
}

TEST_CASE("a moved group has the whole start limit again, however old it is") {
  Dialogue group{};
  group.start();
  group.hears(Event::seen_moved, 20min);
  CHECK(group.hears(Event::probe_failed, 30min) == Answer{probing, Do::probe});
  CHECK(group.hears(Event::probe_failed, 30min + 1s) ==
        Answer{failed, Do::remove, Because::never_became_ready});
}

TEST_CASE("404 right after an undone lost create may mean not visible yet") {
  Dialogue group{};
  group.hears(Event::create_unanswered, 65s);
  CHECK(group.hears(Event::drain_wanted, 70s) == Answer{removing, Do::remove, Because::scale_in});
  CHECK(group.hears(Event::seen_missing, 71s) == Answer{removing, Do::nothing});
  CHECK(group.hears(Event::tick, 80s) == Answer{removing, Do::look_up});
  SUBCASE("it stays away: gone after the visibility delay") {
    CHECK(group.hears(Event::seen_missing, 129s) == Answer{removing, Do::nothing});
    CHECK(group.hears(Event::seen_missing, 130s) == Answer{gone, Do::forget, Because::scale_in});
  }
  SUBCASE("it shows up late: removed again") {
    CHECK(group.hears(Event::seen_provisioning, 100s) == Answer{removing, Do::remove});
  }
}

TEST_CASE("a create that times out after the group was to leave does not leak it") {
  Dialogue group{};
  group.hears(Event::tick, 0s);  // the create is on its way
  CHECK(group.hears(Event::drain_wanted, 10s) == Answer{removing, Do::remove, Because::scale_in});
  CHECK(group.hears(Event::create_unanswered, 65s).phase == removing);
  CHECK(group.hears(Event::seen_missing, 66s) == Answer{removing, Do::nothing});
  CHECK(group.hears(Event::seen_provisioning, 90s) == Answer{removing, Do::remove});
  CHECK(group.hears(Event::seen_missing, 130s) == Answer{gone, Do::forget, Because::scale_in});
}

TEST_CASE("a group that was accepted and is not visible yet has not vanished") {
  Dialogue group{};
  CHECK(group.hears(Event::create_accepted, 1s) == Answer{creating, Do::nothing});
  CHECK(group.hears(Event::seen_missing, 5s) == Answer{creating, Do::nothing});
  CHECK(group.hears(Event::seen_missing, 60s) == Answer{creating, Do::nothing});
  SUBCASE("a listing shows it before its name does") {
    CHECK(group.hears(Event::seen_provisioned, 60s) == Answer{starting, Do::nothing});
    CHECK(group.hears(Event::seen_missing, 100s) == Answer{starting, Do::nothing});
    CHECK(group.hears(Event::seen_missing, 120s) == Answer{gone, Do::forget, Because::vanished});
  }
  SUBCASE("it becomes visible") {
    CHECK(group.hears(Event::seen_running, 60s) == Answer{probing, Do::probe});
    CHECK(group.hears(Event::seen_missing, 60s) == Answer{gone, Do::forget, Because::vanished});
  }
  SUBCASE("it never does") {
    CHECK(group.hears(Event::seen_missing, 61s) == Answer{gone, Do::forget, Because::vanished});
  }
}

TEST_CASE("an evicted group leaves traffic and is removed, although the platform starts it again") {
  Dialogue group{};
  group.start();
  CHECK(group.hears(Event::seen_evicted, 100s) ==
        Answer{evicted, Do::withdraw, Because::spot_evicted});
  CHECK(group.hears(Event::tick, 105s) == Answer{evicted, Do::remove});
  CHECK(group.hears(Event::remove_deferred, 106s) == Answer{evicted, Do::nothing});
  CHECK(group.hears(Event::seen_provisioning, 110s) == Answer{evicted, Do::remove});
  CHECK(group.hears(Event::remove_accepted, 111s) == Answer{removing, Do::nothing});
  CHECK(group.hears(Event::seen_missing, 120s) == Answer{gone, Do::forget, Because::spot_evicted});
}

TEST_CASE("a group that the platform starts anew gets no traffic, and time to come back") {
  Dialogue group{};
  group.start();
  CHECK(group.hears(Event::seen_provisioning, 1h) ==
        Answer{starting, Do::withdraw, Because::platform_restarted});
  CHECK(group.hears(Event::tick, 1h + 5s) == Answer{starting, Do::look_up});
  CHECK(group.hears(Event::seen_moved, 1h + 30s) == Answer{probing, Do::probe});
  CHECK(group.hears(Event::probe_passed, 1h + 35s) == Answer{serving, Do::admit});
}

TEST_CASE("a serving group that stops answering is removed, one that vanished is forgotten") {
  Dialogue silent{};
  silent.start();
  CHECK(silent.hears(Event::probe_failed, 100s) ==
        Answer{failed, Do::remove, Because::probe_failing});

  Dialogue vanished{};
  vanished.start();
  CHECK(vanished.hears(Event::seen_missing, 100s) == Answer{gone, Do::forget, Because::vanished});

  Dialogue evicted_by_provider{};
  evicted_by_provider.start();
  CHECK(evicted_by_provider.hears(Event::seen_deleting, 100s) ==
        Answer{evicted, Do::withdraw, Because::vanished});
  CHECK(evicted_by_provider.hears(Event::tick, 105s) == Answer{evicted, Do::remove});
}

TEST_CASE("a start that takes longer than the limit is given up, whatever is seen meanwhile") {
  for (const Event event : {Event::seen_provisioning, Event::seen_provisioned, Event::seen_running,
                            Event::probe_failed, Event::tick}) {
    CAPTURE(to_string(event));
    Dialogue group{};
    group.hears(Event::create_accepted, 1s);
    CHECK(group.hears(event, 10min + 1s) ==
          Answer{failed, Do::remove, Because::never_became_ready});
  }
}

}  // namespace
}  // namespace spillway::group_lifecycle_test
