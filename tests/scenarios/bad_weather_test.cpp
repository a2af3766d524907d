// Stories of a cloud, a Prometheus and a balancer that misbehave.
#include <doctest/doctest.h>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::bad_weather_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("while Prometheus is gone nothing shrinks, and nothing flaps when it is back") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.is_prometheus_down = true;
  world.load_rps = 10.0;
  world.run_for(20min);
  CHECK(world.serving() == 5);
  CHECK(spillway.web().decision.because == Because::no_data);
  world.is_prometheus_down = false;
  world.run_for(30s);
  CHECK(world.serving() == 5);  // the first samples after an outage are not believed at once
  CHECK(world.run_until([&] { return world.serving() == 4; }, 10min));
}

TEST_CASE("blind for longer than fallback_after, the safe level applies, and only ever raises") {
  World world{};
  world.start([](LoopSettings&, Workload& web) {
    web.decision.trust = {.fallback_after = 2min, .fallback_replicas = 7};
  });
  world.run_for(30s);
  world.is_prometheus_down = true;
  world.run_for(1min);
  CHECK(world.cloud.names().empty());
  CHECK(world.run_until([&] { return world.serving() == 7; }, 5min));
}

TEST_CASE("a quota that is known to be used up is not tried, and opens when usage falls") {
  World world{};
  world.cloud.behaviour.groups_per_region = 2;
  Controller& spillway{world.start()};
  world.run_for(10s);
  world.load_rps = 80.0;  // 10 replicas: 6 burst, 2 of which the quota allows
  world.run_for(10min);
  CHECK(world.serving() == 6);
  CHECK(world.cloud.count_calls("create") == 2);  // nothing is asked for that must be refused
  CHECK(spillway.web().plan.withheld.at(0).because == Because::quota_reached);
  world.cloud.behaviour.groups_per_region = 100;
  CHECK(world.run_until([&] { return world.serving() == 10; }, 1min));
}

TEST_CASE("a quota that cannot be read is found by a refusal, and tried again by the breaker") {
  World world{};
  world.cloud.behaviour.groups_per_region = 2;
  for (int i{0}; i < 1000; ++i) {
    world.cloud.fail_next(FakeProvider::Call::usages, {Errc::unavailable, "HTTP 500"});
  }
  Controller& spillway{world.start()};
  world.load_rps = 80.0;
  world.run_for(2min);
  CHECK(world.serving() == 6);
  CHECK(world.cloud.count_calls("create") == 6);  // four refused once, not once per tick
  CHECK(spillway.web().plan.withheld.at(0).because == Because::quota_reached);
  world.cloud.behaviour.groups_per_region = 100;
  CHECK(world.run_until([&] { return world.serving() == 10; }, 6min));
}

TEST_CASE("a request that Azure calls wrong is not repeated every tick") {
  World world{};
  world.start();
  for (int i{0}; i < 50; ++i) {
    world.cloud.fail_next(FakeProvider::Call::create, {Errc::bad_request, "InvalidImage"});
  }
  world.load_rps = 40.0;
  world.run_for(2h);
  CHECK(world.cloud.count_calls("create") == 1);
}

TEST_CASE("a group whose creation fails is deleted, since Azure would keep and may bill it") {
  World world{};
  world.start();
  world.cloud.fail_next_start("FailedMount: no such share", std::nullopt);
  world.load_rps = 40.0;
  CHECK(world.run_until([&] { return world.serving() == 5; }, 3min));
  world.run_for(1min);
  CHECK(world.cloud.names().size() == 1);
  CHECK(world.cloud.count_calls("create") == 2);
}

TEST_CASE("a scale-in during creation does not leave the group behind") {
  for (const DeleteDuringCreate behaviour :
       {DeleteDuringCreate::refused, DeleteDuringCreate::accepted, DeleteDuringCreate::forgotten}) {
    CAPTURE(static_cast<int>(behaviour));
    World world{};
    world.cloud.behaviour.delete_during_create = behaviour;
    world.cloud.behaviour.start_time = 4min;
    world.start();
    world.load_rps = 40.0;
    REQUIRE(world.run_until([&] { return world.cloud.names().size() == 1; }, 30s));
    world.load_rps = 10.0;
    REQUIRE(world.run_until([&] { return world.cloud.count_calls("remove") > 0; }, 4min));
    CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
    world.run_for(5min);
    CHECK(world.cloud.names().empty());
  }
}

TEST_CASE("a group that never becomes ready is replaced") {
  World world{};
  world.cloud.start_next_within(24h);
  world.start([](LoopSettings&, Workload& web) { web.lifecycle.start_limit = 3min; });
  world.load_rps = 40.0;
  CHECK(world.run_until([&] { return world.serving() == 5; }, 10min));
}

TEST_CASE("a restarted balancer gets its backends back at the next tick") {
  World world{};
  world.start();
  world.load_rps = 60.0;
  REQUIRE(world.run_until([&] { return world.serving() == 8; }, 60s));
  world.edge.restart();
  CHECK(world.serving() == 4);
  CHECK(world.run_until([&] { return world.serving() == 8; }, 10s));
}

TEST_CASE("a serving group that stops answering is taken out and replaced") {
  World world{};
  world.start();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const std::string broken{world.cloud.names().at(0)};
  world.cloud.end_containers(broken);
  CHECK(world.run_until([&] { return world.serving() == 4; }, 1min));
  CHECK(world.run_until([&] { return world.serving() == 5; }, 2min));
  CHECK(world.cloud.find(broken) == nullptr);
}

TEST_CASE("a group that the platform moved is followed to its new address") {
  World world{};
  world.start();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const std::string name{world.cloud.names().at(0)};
  world.cloud.move(name);
  const std::string address{world.cloud.find(name)->ip};
  CHECK(world.run_until(
      [&] { return world.edge.is_admitted(name) && world.edge.find(name)->backend.ip == address; },
      2min));
  CHECK(world.cloud.count_calls("create") == 1);
}

TEST_CASE("a group deleted in the portal is replaced") {
  World world{};
  world.start();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.cloud.vanish(world.cloud.names().at(0));
  CHECK(world.run_until([&] { return world.cloud.count_calls("create") == 2; }, 30s));
  CHECK(world.run_until([&] { return world.serving() == 5; }, 2min));
}

TEST_CASE("a provider that cannot be listed stops scale-in, not serving") {
  World world{};
  world.start();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.cloud.behaviour.outage = Error{Errc::unavailable, "503"};
  world.load_rps = 10.0;
  world.run_for(10min);
  CHECK(world.serving() == 5);
  world.cloud.behaviour.outage.reset();
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
}

TEST_CASE("an unknown cluster keeps the burst") {
  World world{};
  world.start();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.cluster->outage = Error{Errc::timeout, "no answer"};
  world.run_for(10min);
  CHECK(world.cloud.names().size() == 1);
  CHECK(world.edge.admitted().size() == 1);
}

TEST_CASE("in mode observe nothing is created, whatever the load") {
  World world{};
  Controller& spillway{
      world.start([](LoopSettings& settings, Workload&) { settings.mode = Mode::observe; })};
  world.load_rps = 200.0;
  world.run_for(5min);
  CHECK(world.cloud.names().empty());
  CHECK(world.cloud.count_calls("create") == 0);
  CHECK(spillway.web().plan.creates.size() == 21);
  CHECK(spillway.web().decision.burst == 21_replicas);
}

TEST_CASE("the first tick in mode observe, as `spillway plan` makes it, knows the quota") {
  World world{};
  world.cloud.behaviour.groups_per_region = 2;
  world.load_rps = 200.0;
  Controller& spillway{
      world.start([](LoopSettings& settings, Workload&) { settings.mode = Mode::observe; })};
  REQUIRE(world.run_until([&] { return spillway.notebook.last_status != nullptr; }, 20s));
  CHECK(spillway.web().plan.creates.size() == 2);
  CHECK(spillway.web().plan.withheld.at(0).because == Because::quota_reached);
}

TEST_CASE("a full disk does not keep paid groups running") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  spillway.store.fail_with(Error{Errc::unavailable, "disk full"});
  world.load_rps = 10.0;
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
}

TEST_CASE("a cloud that answers 500 to creates does not eat the create quota") {
  World world{};
  world.start();
  for (int i{0}; i < 200; ++i) {
    world.cloud.fail_next(FakeProvider::Call::create, {Errc::unavailable, "500"});
  }
  world.load_rps = 40.0;
  world.run_for(5min);
  CHECK(world.cloud.count_calls("create") <= 20);
}

TEST_CASE("a workload that a reload removes is drained through its balancer") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  LoopConfig without{};
  without.settings.mode = Mode::act;
  without.sensors = world.sensors();
  spillway.loop->reload(std::move(without));
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 2min));
  CHECK(world.edge.admitted().empty());
}

TEST_CASE("a group that an operator drains is replaced, not taken back") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const std::string bad{world.cloud.names().at(0)};
  world.edge.set_in_flight(bad, 1);
  REQUIRE(spillway.loop->drain_group({bad}));
  world.run_for(30s);
  CHECK_FALSE(world.edge.is_admitted(bad));
  CHECK(world.cloud.count_calls("create") == 2);
}

TEST_CASE("an operator's drain of a workload outlives a restart, and ends in time") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  REQUIRE(spillway.loop->drain_workload("web", world.clock.now() + 10min));
  REQUIRE(world.run_until([&] { return world.cloud.names().empty(); }, 5min));
  world.kill(spillway);
  world.start();
  world.run_for(2min);
  CHECK(world.cloud.names().empty());
  CHECK(world.run_until([&] { return world.serving() == 5; }, 10min));
}

TEST_CASE("the journal keeps within its retention") {
  World world{};
  world.start([](LoopSettings& settings, Workload&) { settings.retention = 1h; });
  world.run_for(3h);
  REQUIRE_FALSE(world.disk->journal.empty());
  CHECK(world.clock.now() - world.disk->journal.front().at < 1h + 15min);
}

TEST_CASE("a full disk stops new creates, since an unwritten intent could leak") {
  World world{};
  Controller& spillway{world.start()};
  world.run_for(10s);
  spillway.store.fail_with(Error{Errc::unavailable, "disk full"});
  world.load_rps = 40.0;
  world.run_for(2min);
  CHECK(world.cloud.count_calls("create") == 0);
  CHECK(summary(spillway.web().plan) == "withhold 1 (StateUnwritten)");
  spillway.store.fail_with(std::nullopt);
  CHECK(world.run_until([&] { return world.serving() == 5; }, 2min));
}

}  // namespace
}  // namespace spillway::testing::bad_weather_test
