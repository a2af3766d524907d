// Stories of a controller that is killed at bad moments. Whatever happens: nothing is created
// twice, nothing of ours is left running unowned, and nothing of somebody else's is touched.
#include <doctest/doctest.h>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::crash_test {
namespace {

using namespace std::chrono_literals;

/// One burst group is wanted; a second controller goes on after the first one's death. Checks that
/// exactly one group comes of it, and none is left at the end.
void expect_exactly_one_group(World& world) {
  Controller& successor{world.start()};
  CHECK(world.run_until([&] { return world.serving() == 5; }, 3min));
  world.run_for(2min);
  CHECK(world.cloud.names().size() == 1);
  CHECK(successor.web().groups.size() == 1);
  world.load_rps = 10.0;
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
}

TEST_CASE("killed between the intent and the create, the successor completes it") {
  World world{};
  Controller& spillway{world.start()};
  spillway.store.on_written([&](const StateBatch& batch) {
    if (!batch.groups.empty()) world.kill(spillway);
  });
  world.load_rps = 40.0;
  world.run_for(30s);
  REQUIRE(spillway.life->is_over);
  REQUIRE(world.cloud.names().empty());
  expect_exactly_one_group(world);
}

TEST_CASE("killed after the create was accepted, the successor adopts the group") {
  World world{};
  Controller& spillway{world.start()};
  spillway.provider.dies_after_create = true;
  world.load_rps = 40.0;
  world.run_for(30s);
  REQUIRE(spillway.life->is_over);
  REQUIRE(world.cloud.names().size() == 1);
  expect_exactly_one_group(world);
  CHECK(world.cloud.count_calls("create") == 1);
}

TEST_CASE("killed while the group serves, the successor keeps it in traffic") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.kill(spillway);
  expect_exactly_one_group(world);
  CHECK(world.cloud.count_calls("create") == 1);
}

TEST_CASE("killed during the delete, the successor sees it through") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  spillway.provider.dies_after_remove = true;
  world.load_rps = 10.0;
  CHECK(world.run_until([&] { return spillway.life->is_over; }, 10min));
  world.start();
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 2min));
  world.run_for(30s);
  CHECK(world.disk->groups.at(0).state.phase == GroupPhase::gone);
}

TEST_CASE("a controller that lost its state adopts its groups by their tags") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.kill(spillway);
  world.disk = std::make_shared<MemoryDisk>();
  Controller& successor{world.start()};
  world.run_for(1min);
  CHECK(successor.notebook.orphans.size() == 1);
  CHECK(world.cloud.count_calls("create") == 1);
  CHECK(world.serving() == 5);
}

TEST_CASE("a lost answer to a create does not lead to a second group") {
  World world{};
  world.start();
  world.cloud.lose_next_answer(FakeProvider::Call::create);
  world.load_rps = 40.0;
  CHECK(world.run_until([&] { return world.serving() == 5; }, 3min));
  world.run_for(2min);
  CHECK(world.cloud.names().size() == 1);
}

TEST_CASE("groups of other owners are never touched") {
  World world{};
  world.cloud.add_foreign("theirs");
  world.cloud.add_foreign("another-controllers", "other");
  world.start();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.load_rps = 10.0;
  world.run_for(20min);
  CHECK(world.cloud.names() == std::vector<std::string>{"another-controllers", "theirs"});
}

TEST_CASE("after a weekend off, a blind first tick does not buy Friday's burst again") {
  World world{};
  Controller& friday{
      world.start([](LoopSettings& settings, Workload&) { settings.drains_on_stop = true; })};
  world.load_rps = 200.0;
  REQUIRE(world.run_until([&] { return world.serving() == 25; }, 2min));
  world.stop(friday);
  REQUIRE(world.cloud.names().empty());
  world.run_for(48h);
  world.is_prometheus_down = true;
  world.start();
  world.run_for(5min);
  CHECK(world.cloud.names().empty());
}

TEST_CASE("an intent of long ago is not created after a restart") {
  World world{};
  Controller& spillway{world.start()};
  spillway.store.on_written([&](const StateBatch& batch) {
    if (!batch.groups.empty()) world.kill(spillway);
  });
  world.load_rps = 40.0;
  world.run_for(30s);
  REQUIRE(spillway.life->is_over);
  world.load_rps = 10.0;
  world.run_for(1h);
  world.start();
  world.run_for(2min);
  CHECK(world.cloud.count_calls("create") == 0);
  CHECK(world.disk->groups.at(0).state.phase == GroupPhase::gone);
}

TEST_CASE(
    "a group that drained by a clock an hour ahead was paid for until the time had caught up") {
  World world{};
  world.edge.counts_in_flight = false;
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.load_rps = 10.0;
  const auto drains{[&] {
    const GroupState& state{world.disk->groups.at(0).state};
    return state.phase == GroupPhase::draining && state.withdrawn_at;
  }};
  REQUIRE(world.run_until(drains, 20min));
  world.kill(spillway);
  GroupRecord& group{world.disk->groups.at(0)};
  group.state.since += 1h;
  group.state.created_at += 1h;
  for (auto* const at : {&group.state.withdrawn_at, &group.serving_since, &group.billed_from}) {
    **at += 1h;
  }
  REQUIRE_FALSE(world.cloud.names().empty());
  world.start();
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
  CHECK(world.disk->groups.at(0).billed_from <= world.clock.now());
}

TEST_CASE("SIGTERM leaves burst groups serving, and the next start goes on with them") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.stop(spillway);
  world.run_for(1min);
  CHECK(world.serving() == 5);
  world.start();
  world.run_for(1min);
  CHECK(world.serving() == 5);
  CHECK(world.cloud.count_calls("create") == 1);
}

TEST_CASE("SIGTERM drains first where the settings say so") {
  World world{};
  Controller& spillway{
      world.start([](LoopSettings& settings, Workload&) { settings.drains_on_stop = true; })};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.stop(spillway);
  CHECK(world.cloud.names().empty());
  CHECK(world.edge.admitted().empty());
  // The drain was the stop's, not a person's order: the next run bursts at once.
  world.start();
  CHECK(world.run_until([&] { return world.serving() == 5; }, 60s));
}

TEST_CASE("a drain that was ordered just before a kill was forgotten") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  REQUIRE(spillway.loop->drain_workload("web", world.clock.now() + 30min));
  world.kill(spillway);
  Controller& successor{world.start()};
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 5min));
  world.run_for(20min);
  CHECK(world.cloud.names().empty());
  CHECK(world.run_until([&] { return world.serving() == 5; }, 15min));

  // What cannot be kept is done all the same, and said.
  successor.store.fail_with(Error{Errc::unavailable, "disk full"});
  const auto ordered{successor.loop->drain_workload("web", world.clock.now() + 30min)};
  REQUIRE(!ordered);
  CHECK(ordered.error().context.find("a restart would forget it") != std::string::npos);
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 5min));
}

TEST_CASE("two controllers of one owner bought every burst twice, and neither said why") {
  World world{};
  Controller& ours{world.start()};
  world.run_for(2min);
  world.disk = std::make_shared<MemoryDisk>();  // the other one's
  Controller& other{world.start()};
  world.run_for(2min);
  CHECK(ours.notebook.rivals.empty());
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() >= 5; }, 2min));
  world.run_for(1min);
  CHECK(ours.notebook.rivals.size() + other.notebook.rivals.size() > 0);
}

TEST_CASE("a controller that lost its state takes its own groups for nobody else's") {
  World world{};
  Controller& spillway{world.start()};
  world.run_for(2min);
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  world.kill(spillway);
  world.disk = std::make_shared<MemoryDisk>();
  Controller& successor{world.start()};
  world.run_for(2min);
  world.load_rps = 60.0;
  REQUIRE(world.run_until([&] { return world.serving() == 8; }, 3min));
  world.load_rps = 10.0;
  REQUIRE(world.run_until([&] { return world.cloud.names().empty(); }, 30min));
  CHECK(spillway.notebook.rivals.empty());
  CHECK(successor.notebook.rivals.empty());
}

}  // namespace
}  // namespace spillway::testing::crash_test
