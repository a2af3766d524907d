#include "policies/latency/saturation.hpp"

#include <string>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::saturation_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint now{1'795'444'200'000ms};
const Saturation policy{{}};  // enters at 85 %, leaves below 70 %

Snapshot pool(int ready, double utilization, int pending = 0) {
  Snapshot snapshot{.taken_at = now, .workload = "web"};
  snapshot.fleet.base = BasePool{.ready = {ready}, .pending = {pending}};
  snapshot.fleet.burst.emplace();
  snapshot.readings.set("utilization", Reading::fresh(utilization, now));
  return snapshot;
}

void add_groups(Snapshot& snapshot, GroupPhase phase, int count) {
  for (int i{0}; i < count; ++i) snapshot.fleet.burst->push_back({.id = {"g"}, .phase = phase});
}

History was(bool saturated) {
  History past{};
  past.memories["saturation"] = {saturated ? 1.0 : 0.0};
  return past;
}

TEST_CASE("6 serving at 95 % ask for 9; on the way down 10 at 75 %, and 8 at 60 %") {
  const Recommendation full{policy.recommend(pool(6, 0.95), {})};
  CHECK(full.floor == 9_replicas);
  CHECK(full.because == Because::saturated);
  CHECK(full.memory == Memory{1.0});
  CHECK(full.words == "6 serving at 95 %, 0 pending, saturated");

  CHECK(policy.recommend(pool(9, 0.75), was(true)).floor == 10_replicas);
  const Recommendation calm{policy.recommend(pool(9, 0.60), was(true))};
  CHECK(calm.floor == 8_replicas);
  CHECK(calm.because == Because::not_saturated);
  CHECK(calm.memory == Memory{0.0});
}

TEST_CASE("the edge to compare with depends on which side we are on") {
  struct Row {
    bool was_saturated;
    double utilization;
    bool is_saturated;
  };
  for (const Row& row : std::vector<Row>{{false, 0.849, false},
                                         {false, 0.85, true},
                                         {true, 0.849, true},
                                         {true, 0.70, true},
                                         {true, 0.699, false},
                                         {false, 0.75, false}}) {
    CAPTURE(row.was_saturated);
    CAPTURE(row.utilization);
    CHECK(is_saturated(row.was_saturated, row.utilization, {}) == row.is_saturated);
  }
}

TEST_CASE("between the edges what runs stays, also what has not started yet") {
  Snapshot snapshot{pool(6, 0.75)};
  add_groups(snapshot, GroupPhase::creating, 2);
  CHECK(policy.recommend(snapshot, was(false)).floor == 8_replicas);
}

TEST_CASE("a saturated pool does not give up replicas that are starting") {
  Snapshot snapshot{pool(6, 0.95)};
  add_groups(snapshot, GroupPhase::creating, 10);
  CHECK(policy.recommend(snapshot, was(true)).floor == 16_replicas);
}

TEST_CASE("work that found no node gets replicas, with or without a metric") {
  CHECK(policy.recommend(pool(6, 0.5, 3), {}).floor == 9_replicas);
  CHECK(policy.recommend(pool(6, 0.5, 3), {}).because == Because::pending_work);
  CHECK(policy.recommend(pool(6, 0.95, 1), {}).floor == 9_replicas);  // the load needs more

  Snapshot blind{pool(6, 0.0, 3)};
  blind.readings.set("utilization", Reading::missing("down"));
  const Recommendation asked{policy.recommend(blind, was(true))};
  CHECK(asked.is_hold);
  CHECK(asked.floor == 9_replicas);
  CHECK(asked.memory == Memory{1.0});  // blindness does not forget the side we are on
}

TEST_CASE("pending work that stays pending does not grow the fleet at every tick") {
  Snapshot snapshot{pool(6, 0.75, 3)};
  add_groups(snapshot, GroupPhase::serving, 3);  // the answer to it, already running
  CHECK(policy.recommend(snapshot, was(false)).floor == 9_replicas);
}

TEST_CASE("without a signal only pending work counts, and its end lets the burst go") {
  const Saturation pending_only{{.signal = ""}};
  CHECK(pending_only.signals().empty());
  Snapshot snapshot{pool(6, 0.0, 3)};
  snapshot.readings = {};
  const Recommendation full{pending_only.recommend(snapshot, {})};
  CHECK_FALSE(full.is_hold);
  CHECK(full.floor == 9_replicas);
  snapshot.fleet.base->pending = 0_replicas;
  add_groups(snapshot, GroupPhase::serving, 3);
  const Recommendation room{pending_only.recommend(snapshot, {})};
  CHECK_FALSE(room.is_hold);
  CHECK(room.floor == 0_replicas);
}

TEST_CASE("a fleet that could not be listed asks to hold") {
  Snapshot snapshot{pool(6, 0.95)};
  snapshot.fleet.burst.reset();
  const Recommendation asked{policy.recommend(snapshot, was(true))};
  CHECK(asked.is_hold);
  CHECK_FALSE(asked.floor);
  CHECK(asked.because == Because::fleet_unknown);
  CHECK(asked.memory == Memory{1.0});
}

}  // namespace
}  // namespace spillway::saturation_test
