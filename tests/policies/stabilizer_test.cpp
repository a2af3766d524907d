#include "policies/combine/stabilizer.hpp"

#include <string>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::stabilizer_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint now{1'795'444'200'000ms};

/// A past that goes on: some recommendation and some count were there before.
History past_of(std::vector<CountAt> recommendations, std::vector<CountAt> changes = {}) {
  History past{.last = CountAt{now - 15s, {10}}};
  past.recommendations.assign(recommendations.begin(), recommendations.end());
  past.changes.assign(changes.begin(), changes.end());
  return past;
}

Snapshot at(TimePoint instant) {
  return {.taken_at = instant};
}

CountAt ago(Duration time, int count) {
  return {now - time, {count}};
}

BehaviorSettings windows(Duration out, Duration in) {
  BehaviorSettings settings{};
  settings.scale_out.stabilization_window = out;
  settings.scale_in.stabilization_window = in;
  return settings;
}

TEST_CASE("10 running, 4 recommended, one of 9 a minute ago, window 2 min: 9") {
  const Stabilization stable{
      stabilize({4}, {10}, at(now), past_of({ago(1min, 9)}), windows(0s, 2min))};
  CHECK(stable.desired == 9_replicas);
  REQUIRE(stable.trail.size() == 1);
  CHECK(stable.trail[0].before == 4_replicas);
  CHECK(stable.trail[0].because == Because::scale_in_stabilized);
}

TEST_CASE("the windows follow the most careful recommendation in them") {
  struct Row {
    std::string name;
    int recommended;
    std::vector<CountAt> earlier;
    Duration out;
    Duration in;
    int desired;
  };
  const std::vector<Row> rows{
      {"no window follows at once, in", 4, {ago(15s, 9)}, 0s, 0s, 4},
      {"no window follows at once, out", 20, {ago(15s, 9)}, 0s, 0s, 20},
      {"scale-in takes the highest of its window", 4, {ago(60s, 7), ago(30s, 8)}, 0s, 2min, 8},
      {"a higher one than now keeps now, never grows", 4, {ago(60s, 30)}, 0s, 2min, 10},
      {"what left the window is forgotten", 4, {ago(2min, 9)}, 0s, 2min, 4},
      {"scale-out takes the lowest of its window", 20, {ago(60s, 14), ago(30s, 16)}, 2min, 0s, 14},
      {"a lower one than now keeps now, never shrinks", 20, {ago(60s, 3)}, 2min, 0s, 10},
      {"a dip inside the scale-out window", 20, {ago(60s, 25), ago(30s, 5)}, 2min, 2min, 10},
      {"each direction has its own window", 4, {ago(60s, 2), ago(30s, 6)}, 5min, 2min, 6},
      {"what runs is what is wanted", 10, {ago(60s, 2), ago(30s, 40)}, 5min, 5min, 10},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Stabilization stable{stabilize({row.recommended}, {10}, at(now), past_of(row.earlier),
                                         windows(row.out, row.in))};
    CHECK(stable.desired.count == row.desired);
    CHECK(stable.trail.empty() == (row.desired == row.recommended));
  }
}

TEST_CASE("a history that has just begun counts what runs as a recommendation") {
  CHECK(stabilize({4}, {10}, at(now), {}, windows(0s, 2min)).desired == 10_replicas);
  CHECK(stabilize({14}, {10}, at(now), {}, windows(0s, 2min)).desired == 14_replicas);
  CHECK(stabilize({4}, {10}, at(now), {}, windows(0s, 0s)).desired == 4_replicas);
}

constexpr auto replicas{RatePolicy::Type::replicas};
constexpr auto percent{RatePolicy::Type::percent};

TEST_CASE("rate policies limit the change per period, as HPA documents it") {
  struct Row {
    std::string name;
    int current;
    int recommended;
    std::vector<RatePolicy> policies;
    Select select;
    std::vector<CountAt> changes;
    int desired;
  };
  const RatePolicy four{replicas, 4, 15s};
  const RatePolicy doubling{percent, 100, 15s};
  const RatePolicy tenth{percent, 10, 60s};
  const std::vector<Row> rows{
      {"no policies: at once", 10, 100, {}, Select::max, {}, 100},
      {"out, replicas", 10, 100, {four}, Select::max, {}, 14},
      {"out, percent", 10, 100, {doubling}, Select::max, {}, 20},
      {"out, percent rounds up", 11, 100, {tenth}, Select::max, {}, 13},
      {"out, max takes the most", 10, 100, {four, doubling}, Select::max, {}, 20},
      {"out, max takes the most, small", 3, 100, {doubling, four}, Select::max, {}, 7},
      {"out, min takes the least", 10, 100, {doubling, four}, Select::min, {}, 14},
      {"out, disabled", 10, 100, {four}, Select::disabled, {}, 10},
      {"out, within the limit", 10, 12, {four}, Select::max, {}, 12},
      {"out, part used", 13, 100, {four}, Select::max, {ago(10s, 3)}, 14},
      {"out, used up stands still", 14, 100, {four}, Select::max, {ago(10s, 4)}, 14},
      {"out, more than used up never turns back", 30, 100, {four}, Select::max, {ago(5s, 20)}, 30},
      {"out, the period is over", 14, 100, {four}, Select::max, {ago(15s, 4)}, 18},
      {"out again after in: back to the start of the period",
       4,
       10,
       {four},
       Select::max,
       {ago(10s, -6)},
       10},
      {"in, replicas", 40, 10, {four}, Select::max, {}, 36},
      {"in, percent", 40, 10, {tenth}, Select::max, {}, 36},
      {"in, percent rounds down", 35, 10, {tenth}, Select::max, {}, 31},
      {"in, max takes the most", 80, 10, {four, tenth}, Select::max, {}, 72},
      {"in, min takes the least", 80, 10, {four, tenth}, Select::min, {}, 76},
      {"in, disabled", 80, 10, {}, Select::disabled, {}, 80},
      {"in, used up stands still", 36, 10, {four}, Select::max, {ago(10s, -4)}, 36},
      {"in, more than used up never turns back", 20, 10, {four}, Select::max, {ago(5s, -20)}, 20},
      {"in, never below what is wanted", 12, 10, {four}, Select::max, {}, 10},
      {"in, 100 percent may stop all", 40, 0, {{percent, 100, 15s}}, Select::max, {}, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    BehaviorSettings settings{windows(0s, 0s)};
    settings.scale_out.policies = settings.scale_in.policies = row.policies;
    settings.scale_out.select = settings.scale_in.select = row.select;
    const Stabilization stable{
        stabilize({row.recommended}, {row.current}, at(now), past_of({}, row.changes), settings)};
    CHECK(stable.desired.count == row.desired);
    if (row.desired != row.recommended) {
      REQUIRE(stable.trail.size() == 1);
      CHECK(stable.trail[0].because == (row.recommended > row.current
                                            ? Because::scale_out_rate_limited
                                            : Because::scale_in_rate_limited));
    }
  }
}

TEST_CASE("a workload that was idle leaves zero although its limit is a percentage") {
  BehaviorSettings settings{};
  settings.scale_out.policies = {{percent, 100, 15s}};
  CHECK(stabilize({8}, {0}, at(now), past_of({}), settings).desired == 1_replicas);
}

TEST_CASE("a change within the tolerance is not worth an action") {
  struct Row {
    int recommended;
    int desired;
  };
  BehaviorSettings settings{windows(0s, 0s)};
  settings.scale_out.tolerance = 0.1;
  settings.scale_in.tolerance = 0.2;
  for (const Row& row : std::vector<Row>{{21, 20}, {22, 20}, {23, 23}, {16, 20}, {15, 15}}) {
    CAPTURE(row.recommended);
    const Stabilization stable{stabilize({row.recommended}, {20}, at(now), past_of({}), settings)};
    CHECK(stable.desired.count == row.desired);
    if (row.desired == 20) CHECK(stable.trail.back().because == Because::within_tolerance);
  }
}

TEST_CASE("the history reaches back as far as any setting looks") {
  BehaviorSettings settings{windows(30s, 2min)};
  CHECK(longest_look_back(settings) == 2min);
  settings.scale_out.policies = {{percent, 100, 15s}, {replicas, 4, 10min}};
  CHECK(longest_look_back(settings) == 10min);
}

// --- the flap budget ----------------------------------------------------------------------------

TEST_CASE("after four turns within half an hour nothing shrinks until the first is out of it") {
  BehaviorSettings settings{windows(0s, 0s)};
  settings.flap_budget = {.turns = 4, .period = 30min};
  const std::vector<CountAt> changes{ago(29min, 5), ago(25min, -5), ago(20min, 5), ago(15min, -5),
                                     ago(10min, 5)};
  const Stabilization held{stabilize({4}, {10}, at(now), past_of({}, changes), settings)};
  CHECK(held.desired == 10_replicas);
  CHECK(held.trail.back().because == Because::flaps_spent);
  CHECK(held.trail.back().words == "turned round 4 times within 30m: nothing shrinks for now");
  CHECK(stabilize({14}, {10}, at(now), past_of({}, changes), settings).desired == 14_replicas);
  CHECK(stabilize({4}, {10}, at(now + 2min), past_of({}, changes), settings).desired == 4_replicas);
}

TEST_CASE("going on in one direction is no turn, and without a bound turns are free") {
  BehaviorSettings settings{windows(0s, 0s)};
  settings.flap_budget = {.turns = 1, .period = 30min};
  const std::vector<CountAt> falling{ago(20min, 5), ago(15min, -2), ago(10min, -2)};
  CHECK(stabilize({4}, {10}, at(now), past_of({}, falling), settings).desired == 4_replicas);
  const std::vector<CountAt> turned{ago(20min, 5), ago(15min, -2), ago(10min, 2)};
  CHECK(stabilize({4}, {10}, at(now), past_of({}, turned), settings).desired == 10_replicas);
  settings.flap_budget.turns.reset();
  CHECK(stabilize({4}, {10}, at(now), past_of({}, turned), settings).desired == 4_replicas);
}

TEST_CASE("the history reaches as far back as the flap budget looks") {
  BehaviorSettings settings{};
  CHECK(longest_look_back(settings) == 2min);
  settings.flap_budget = {.turns = 4, .period = 45min};
  CHECK(longest_look_back(settings) == 45min);
}

// --- the projection -----------------------------------------------------------------------------

Snapshot serving(int count, double utilization) {
  Snapshot snapshot{at(now)};
  snapshot.fleet.base = BasePool{.ready = {count}};
  snapshot.fleet.burst.emplace();
  snapshot.readings.set("utilization", Reading::fresh(utilization, now));
  return snapshot;
}

TEST_CASE("10 serving at 60 % may go to 8 below 85 %, and not to 6") {
  BehaviorSettings settings{windows(0s, 0s)};
  settings.projection.is_enabled = true;
  const Stabilization held{stabilize({6}, {10}, serving(10, 0.6), past_of({}), settings)};
  CHECK(held.desired == 8_replicas);
  CHECK(held.trail.back().because == Because::in_would_saturate);
  CHECK(held.trail.back().words == "10 at 60 %: fewer than 8 would run at 85 % or more");
  CHECK(stabilize({9}, {10}, serving(10, 0.6), past_of({}), settings).desired == 9_replicas);
  CHECK(stabilize({6}, {10}, serving(10, 0.85), past_of({}), settings).desired == 10_replicas);
  CHECK(stabilize({6}, {10}, serving(10, 3.0), past_of({}), settings).desired == 10_replicas);
  CHECK(stabilize({0}, {10}, serving(10, 0.0), past_of({}), settings).desired == 0_replicas);
  CHECK(stabilize({12}, {10}, serving(10, 0.6), past_of({}), settings).desired == 12_replicas);
}

TEST_CASE("who cannot see how busy the replicas are does not shrink, if asked to look") {
  BehaviorSettings settings{windows(0s, 0s)};
  CHECK(stabilize({6}, {10}, at(now), past_of({}), settings).desired == 6_replicas);
  settings.projection.is_enabled = true;
  CHECK(stabilize({6}, {10}, at(now), past_of({}), settings).desired == 10_replicas);
}

}  // namespace
}  // namespace spillway::stabilizer_test
