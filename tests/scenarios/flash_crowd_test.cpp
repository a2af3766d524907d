// The story that Spillway exists for: a crowd arrives, the cluster is full, the overflow runs in
// the cloud within a minute, and when the crowd has gone nothing is left but a small bill.
#include <doctest/doctest.h>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::flash_crowd_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a flash crowd is served by burst groups, and nothing is left when it has gone") {
  World world{};
  Controller& spillway{world.start()};

  world.load_rps = 30.0;  // 4 base replicas at 75 %: the cluster is busy, not full
  world.run_for(5min);
  CHECK(world.cloud.names().empty());

  world.load_rps = 100.0;  // needs ceil(100 / 8) = 13 replicas, 9 of them burst
  CHECK(world.run_until([&] { return world.serving() == 13; }, 60s));
  CHECK(world.cloud.count_calls("create") == 9);
  CHECK(world.first_entry_with_burst(9).decision.because == Because::load_over_target);

  world.run_for(10min);
  CHECK(world.cloud.count_calls("create") == 9);  // steady: no churn

  world.load_rps = 30.0;
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
  world.run_for(10s);  // the 404 that closes the last record
  CHECK(world.edge.admitted().empty());
  CHECK(world.serving() == 4);
  CHECK(world.disk->groups.size() == 9);
  for (const GroupRecord& group : world.disk->groups) {
    CHECK(group.state.phase == GroupPhase::gone);
    CHECK(group.billed_until.has_value());
  }
  CHECK(spillway.web().snapshot.spend.today > usd(0.08));  // 9 replicas for about 11 minutes
  CHECK(spillway.web().snapshot.spend.today < usd(0.15));
}

TEST_CASE("traffic is admitted only after our own probe, and withdrawn before the delete") {
  World world{};
  world.start();
  world.load_rps = 40.0;  // 5 replicas: one burst group
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const std::string name{world.cloud.names().at(0)};
  CHECK(world.clock.now() - monday_noon >= world.cloud.behaviour.start_time);

  world.edge.set_in_flight(name, 3);
  world.load_rps = 10.0;
  REQUIRE(world.run_until([&] { return world.edge.is_draining(name); }, 5min));
  world.run_for(30s);
  CHECK(world.cloud.count_calls("remove") == 0);  // three requests are still on it

  world.edge.set_in_flight(name, 0);
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 60s));
}

TEST_CASE("a drain that does not end is cut off at its deadline") {
  World world{};
  world.start([](LoopSettings&, Workload& web) { web.lifecycle.drain_deadline = 45s; });
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const std::string name{world.cloud.names().at(0)};
  world.edge.set_in_flight(name, 1);
  world.load_rps = 10.0;
  REQUIRE(world.run_until([&] { return world.edge.is_draining(name); }, 5min));
  const TimePoint drained_at{world.clock.now()};
  CHECK(world.run_until([&] { return world.cloud.count_calls("remove") > 0; }, 2min));
  CHECK(world.clock.now() - drained_at >= 45s);
}

TEST_CASE("a drain is not over because a balancer that cannot count has forgotten the replica") {
  World world{};
  world.edge.counts_in_flight = false;
  world.start([](LoopSettings&, Workload& web) { web.lifecycle.drain_deadline = 2min; });
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const std::string name{world.cloud.names().at(0)};
  world.load_rps = 10.0;
  REQUIRE(world.run_until([&] { return world.edge.is_draining(name); }, 5min));
  const TimePoint drained_at{world.clock.now()};
  world.edge.restart();
  CHECK(world.run_until([&] { return world.cloud.find(name) == nullptr; }, 5min));
  CHECK(world.clock.now() - drained_at >= 2min);
}

TEST_CASE("a crowd that returns during the drain gets its replicas back without a new start") {
  World world{};
  world.start();
  world.load_rps = 60.0;  // 8 replicas: 4 burst
  REQUIRE(world.run_until([&] { return world.serving() == 8; }, 60s));
  for (const std::string& name : world.cloud.names()) world.edge.set_in_flight(name, 1);
  world.load_rps = 10.0;
  REQUIRE(world.run_until([&] { return world.serving() < 8; }, 5min));
  world.load_rps = 60.0;
  CHECK(world.run_until([&] { return world.serving() == 8; }, 10s));
  CHECK(world.cloud.count_calls("create") == 4);
}

}  // namespace
}  // namespace spillway::testing::flash_crowd_test
