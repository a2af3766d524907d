// Stories of the bill: what the ledger says, against what the cloud charges for.
#include <doctest/doctest.h>

#include <string>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::bill_test {
namespace {

using namespace std::chrono_literals;

/// Seconds that the ledger charges for, at one price.
double charged_seconds(World& world) {
  MemoryStore store{world.disk};
  const auto spend{store.total_spend(world.clock.now())};
  REQUIRE(spend);
  return spend->this_month.usd() / 0.0594 * 3600.0;
}

TEST_CASE("the ledger agrees with the cloud to the tick, over bursts and restarts") {
  World world{};
  world.start();
  for (int i{0}; i < 3; ++i) {
    world.load_rps = 48.0;
    world.run_for(10min);
    if (i == 1) world.cloud.move(world.cloud.names().at(0));
    world.run_for(20min);
    world.load_rps = 20.0;
    world.run_for(15min);
  }
  REQUIRE(world.cloud.names().empty());
  const double truth{seconds(world.cloud.billed_time())};
  CHECK(truth > 3600.0);
  CHECK(charged_seconds(world) >= truth - 1);
  // Six stays, each of which is known to have ended a tick and a look later.
  CHECK(charged_seconds(world) <= truth + 6 * 12);
}

TEST_CASE("a group deleted by somebody while no controller ran is not charged for the night") {
  World world{};
  Controller& first{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  world.run_for(10min);
  const std::string name{world.cloud.names().at(0)};
  SUBCASE("after a stop") {
    world.stop(first);
  }
  SUBCASE("after a crash") {
    world.kill(first);
  }
  world.cloud.vanish(name);
  const double truth{seconds(world.cloud.billed_time())};
  world.load_rps = 20.0;
  world.run_for(8h);
  world.start();
  world.run_for(5min);
  const GroupRecord record{*world.disk->group({name})};
  CHECK(record.state.phase == GroupPhase::gone);
  REQUIRE(record.billed_until.has_value());
  const double charged{seconds(*record.billed_until - *record.billed_from)};
  CHECK(charged >= truth - 65);
  CHECK(charged <= truth + 10);
}

TEST_CASE("a group that ended while no controller ran is charged until its end") {
  World world{};
  Controller& first{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  world.kill(first);
  world.run_for(30min);
  const std::string name{world.cloud.names().at(0)};
  world.cloud.end_containers(name);
  const double truth{seconds(world.cloud.billed_time())};
  world.load_rps = 20.0;
  world.run_for(8h);
  world.start();
  world.run_for(5min);
  const GroupRecord record{*world.disk->group({name})};
  CHECK(record.state.phase == GroupPhase::gone);
  REQUIRE(record.billed_until.has_value());
  CHECK(seconds(*record.billed_until - *record.billed_from) == doctest::Approx(truth));
}

TEST_CASE("a refused create costs nothing, a failed start its pull and what followed") {
  World world{};
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::no_capacity, "ServiceUnavailable"};
  world.start();
  world.load_rps = 40.0;
  world.run_for(2min);
  REQUIRE(world.cloud.count_calls("create") > 0);
  CHECK(charged_seconds(world) == 0.0);
  world.cloud.behaviour.refusing_regions.clear();
  SUBCASE("before it had a node") {
    world.cloud.behaviour.pull_after = 10min;
    world.cloud.fail_next_start("InsufficientCapacity.");
    REQUIRE(world.run_until([&] { return world.cloud.count_calls("remove") > 1; }, 10min));
    world.load_rps = 20.0;
    world.run_for(30s);
    CHECK(charged_seconds(world) == 0.0);
  }
  SUBCASE("after its pull") {
    world.cloud.fail_next_start("RegistryErrorResponse", Errc::registry);
    REQUIRE(world.run_until([&] { return seconds(world.cloud.billed_time()) > 0; }, 10min));
    world.load_rps = 20.0;
    world.run_for(5min);
    const double truth{seconds(world.cloud.billed_time())};
    CHECK(charged_seconds(world) >= truth);
    CHECK(charged_seconds(world) <= truth + 12);
  }
}

TEST_CASE("what ran on a full disk was free after a kill") {
  World world{};
  Controller& first{world.start()};
  std::size_t writes_left{1};  // the intent
  SUBCASE("known by its intent alone") {
    writes_left = 1;
  }
  SUBCASE("known as created") {
    writes_left = 3;
  }
  first.store.on_written([&](const StateBatch& batch) {
    if (!batch.groups.empty() && --writes_left == 0) {
      first.store.fail_with(Error{Errc::unavailable, "disk full"});
    }
  });
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  world.run_for(2h);
  world.load_rps = 10.0;
  REQUIRE(world.run_until([&] { return world.cloud.names().empty(); }, 20min));
  const double truth{seconds(world.cloud.billed_time())};
  REQUIRE(truth > 7200.0);
  world.disk->alive_until = world.clock.now();  // a sign of life that needs no room
  world.kill(first);
  world.run_for(8h);
  world.start();
  world.run_for(20min);
  const GroupRecord& record{world.disk->groups.at(0)};
  REQUIRE(record.billed_until);
  CHECK(seconds(*record.billed_until - *record.billed_from) >= truth);
  CHECK(seconds(*record.billed_until - *record.billed_from) <= truth + 60);
}

}  // namespace
}  // namespace spillway::testing::bill_test
