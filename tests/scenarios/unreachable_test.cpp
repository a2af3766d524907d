// Stories of a balancer that cannot be reached, and goes on sending requests all the same.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::unreachable_test {
namespace {

using namespace std::chrono_literals;

void five_burst(World& world) {
  world.load_rps = 72.0;
  REQUIRE(world.run_until([&] { return world.serving() == 9; }, 90s));
}

TEST_CASE("while the balancer cannot be reached nothing that it serves is drained or deleted") {
  World world{};
  Controller& spillway{world.start()};
  five_burst(world);
  world.edge.outage = Error{Errc::unavailable, "the admin socket is gone"};
  world.run_for(10s);
  world.load_rps = 10.0;
  world.run_for(2h);
  CHECK(world.cloud.count_calls("remove") == 0);
  CHECK(world.edge.admitted().size() == 5);  // as HAProxy still has it
  CHECK(spillway.web().plan.withheld.at(0).because == Because::traffic_unknown);
  world.edge.outage.reset();
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
}

TEST_CASE("a drain that no balancer has confirmed deletes nothing, is told, and ends by itself") {
  World world{};
  Controller& spillway{world.start()};
  five_burst(world);
  const std::string leaving{world.cloud.names().at(0)};
  world.edge.outage = Error{Errc::unavailable, "the admin socket is gone"};
  REQUIRE(spillway.loop->drain_group({leaving}));
  world.run_for(30min);
  CHECK(world.cloud.find(leaving) != nullptr);
  CHECK(std::ranges::count(spillway.notebook.unconfirmed, leaving) == 1);
  world.edge.outage.reset();
  CHECK(world.run_until([&] { return world.cloud.find(leaving) == nullptr; }, 10s));
}

TEST_CASE("a balancer that is gone for good holds a group for `withdrawal_limit`, not for ever") {
  World world{};
  Controller& spillway{
      world.start([](LoopSettings&, Workload& web) { web.lifecycle.withdrawal_limit = 2h; })};
  five_burst(world);
  world.edge.outage = Error{Errc::unavailable, "the machine is gone"};
  world.run_for(10s);
  const std::string leaving{world.cloud.names().at(0)};
  REQUIRE(spillway.loop->drain_group({leaving}));
  world.run_for(110min);
  CHECK(world.cloud.find(leaving) != nullptr);
  world.run_for(15min);
  CHECK(world.cloud.find(leaving) == nullptr);
  CHECK(std::ranges::count(spillway.notebook.phases, leaving + " removing WithdrawalOverdue") == 1);
}

TEST_CASE("a burst behind a balancer that is gone for good is not paid for for ever") {
  World world{};
  world.start([](LoopSettings&, Workload& web) { web.lifecycle.withdrawal_limit = 2h; });
  five_burst(world);
  world.edge.outage = Error{Errc::unavailable, "the machine is gone"};
  world.load_rps = 10.0;
  world.run_for(3h);
  CHECK(world.cloud.count_calls("remove") == 0);
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 90min));
}

TEST_CASE("the time for requests in flight begins when the balancer confirms, not before") {
  World world{};
  Controller& spillway{world.start()};  // 60 s for requests in flight
  five_burst(world);
  const std::string leaving{world.cloud.names().at(0)};
  world.edge.outage = Error{Errc::unavailable, "reloading"};
  REQUIRE(spillway.loop->drain_group({leaving}));
  world.run_for(5min);
  world.edge.set_in_flight(leaving, 3);
  world.edge.outage.reset();
  world.run_for(50s);
  CHECK(world.cloud.count_calls("remove") == 0);
  CHECK(world.run_until([&] { return world.cloud.count_calls("remove") > 0; }, 30s));
}

TEST_CASE("one process that does not answer may still send requests: nothing is deleted") {
  World world{};
  Controller& spillway{world.start()};
  five_burst(world);
  world.edge.is_partly_blind = true;
  world.run_for(10s);
  world.load_rps = 10.0;
  world.run_for(30min);
  CHECK(world.cloud.count_calls("remove") == 0);
  CHECK(spillway.web().plan.withheld.at(0).because == Because::traffic_unknown);
}

TEST_CASE("a balancer that hangs does not keep a failed group in the rotation of another") {
  World world{};
  const auto slow{std::make_shared<FakeTraffic>(world.clock, "slow")};
  world.start([&](LoopSettings&, Workload& web) { web.traffic.insert(web.traffic.begin(), slow); });
  five_burst(world);
  slow->hangs = true;
  world.run_for(7s);  // in the middle of a call that hangs for 5 s
  const std::string broken{world.cloud.names().at(0)};
  world.cloud.end_containers(broken);
  REQUIRE(world.run_until([&] { return !world.edge.is_admitted(broken); }, 1min));
  const auto admitted{world.edge.count_calls("admit " + broken)};
  world.run_for(1min);
  CHECK(world.edge.count_calls("admit " + broken) == admitted);
}

}  // namespace
}  // namespace spillway::testing::unreachable_test
