#include "policies/latency/target_utilization.hpp"

#include <string>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::target_utilization_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint now{1'795'444'200'000ms};

Snapshot six_base_replicas() {
  Snapshot snapshot{.taken_at = now, .workload = "web"};
  snapshot.fleet.base = BasePool{.ready = {6}};
  snapshot.fleet.burst.emplace();
  return snapshot;
}

TEST_CASE("142 req/s at 70 % of replicas that hold 10 req/s each: 21 replicas") {
  const TargetUtilization policy{{.replica_capacity_rps = 10.0}};
  Snapshot snapshot{six_base_replicas()};
  snapshot.readings.set("load", Reading::fresh(142.0, now));
  const Recommendation asked{policy.recommend(snapshot, {})};
  CHECK(asked.floor == 21_replicas);
  CHECK_FALSE(asked.ceiling);
  CHECK_FALSE(asked.is_hold);
  CHECK(asked.because == Because::load_over_target);
  CHECK(asked.words == "142.0 req/s need 21 replicas of 10 req/s at 70 %");
}

TEST_CASE("without a capacity the utilization of what serves decides") {
  struct Row {
    double utilization;
    int floor;
    Because because;
  };
  const TargetUtilization policy{{}};
  for (const Row& row : std::vector<Row>{{0.0, 0, Because::load_under_target},
                                         {0.35, 3, Because::load_under_target},
                                         {0.7, 6, Because::load_within_target},
                                         {0.71, 7, Because::load_over_target},
                                         {2.1, 18, Because::load_over_target}}) {
    CAPTURE(row.utilization);
    Snapshot snapshot{six_base_replicas()};
    snapshot.readings.set("utilization", Reading::fresh(row.utilization, now));
    const Recommendation asked{policy.recommend(snapshot, {})};
    CHECK(asked.floor == Replicas{row.floor});
    CHECK(asked.because == row.because);
  }
}

TEST_CASE("a missing or stale reading asks to hold and gives no count") {
  const TargetUtilization policy{{.replica_capacity_rps = 10.0}};
  Snapshot snapshot{six_base_replicas()};
  for (const Reading& reading :
       {Reading::missing("down"), Reading::stale(142.0, now - 5min, "too old"), Reading{}}) {
    CAPTURE(to_string(reading.quality()));
    snapshot.readings.set("load", reading);
    const Recommendation asked{policy.recommend(snapshot, {})};
    CHECK(asked.is_hold);
    CHECK_FALSE(asked.floor);
  }
}

TEST_CASE("an average over an unknown number of replicas says nothing; a load needs no fleet") {
  Snapshot snapshot{six_base_replicas()};
  snapshot.readings.set("utilization", Reading::fresh(0.9, now));
  snapshot.readings.set("load", Reading::fresh(142.0, now));
  snapshot.fleet.base.reset();
  const Recommendation by_average{TargetUtilization{{}}.recommend(snapshot, {})};
  CHECK(by_average.is_hold);
  CHECK(by_average.because == Because::fleet_unknown);
  const TargetUtilization by_load{{.replica_capacity_rps = 10.0}};
  CHECK(by_load.recommend(snapshot, {}).floor == 21_replicas);
}

TEST_CASE("the signal is load with a capacity, utilization without, or the one that is named") {
  using Signals = std::vector<std::string>;
  CHECK(TargetUtilization{{}}.signals() == Signals{"utilization"});
  CHECK(TargetUtilization{{.replica_capacity_rps = 1.0}}.signals() == Signals{"load"});
  CHECK(TargetUtilization{{.signal = "jobs"}}.signals() == Signals{"jobs"});
}

}  // namespace
}  // namespace spillway::target_utilization_test
