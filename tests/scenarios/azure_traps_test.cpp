// Stories of the traps into which naive controllers of Azure Container Instances fall. The table of
// all traps and their tests is tests/provider/README.md.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::azure_traps_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a group whose containers have ended is deleted, as Azure keeps it for ever") {
  World world{};
  world.start();
  world.load_rps = 40.0;  // 5 replicas: 1 burst
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 3min));
  const std::string ended{world.cloud.names().at(0)};
  world.cloud.end_containers(ended);
  CHECK(world.run_until([&] { return world.cloud.find(ended) == nullptr; }, 3min));
  CHECK(world.run_until([&] { return world.serving() == 5; }, 3min));
  CHECK(world.cloud.names().at(0) != ended);
}

TEST_CASE("groups that serve are not asked for one by one: the listing tells") {
  World world{};
  world.start();
  world.load_rps = 120.0;
  REQUIRE(world.run_until([&] { return world.serving() == 15; }, 5min));
  const auto gets = world.cloud.count_calls("get");
  const auto lists = world.cloud.count_calls("list");
  world.run_for(10min);
  CHECK(world.cloud.count_calls("get") - gets == 0);
  CHECK(world.cloud.count_calls("list") - lists <= 10 * 60 / 5 + 1);  // one for each tick
}

TEST_CASE("a slow start is waited for: what never served is not given up for being idle") {
  World world{};
  world.cloud.behaviour.start_time = 4min;
  world.start();
  world.load_rps = 56.0;
  CHECK(world.run_until([&] { return world.serving() == 7; }, 10min));
  world.run_for(1min);
  CHECK(world.cloud.count_calls("create") == 3);
  CHECK(world.cloud.count_calls("remove") == 0);
}

TEST_CASE("an image that cannot be pulled stops the workload everywhere, with few tries") {
  World world{};
  Controller& spillway{world.start([](LoopSettings&, Workload& web) { use_two_regions(web); })};
  for (int i{0}; i < 50; ++i) {
    world.cloud.fail_next(FakeProvider::Call::create, {Errc::registry, "RegistryErrorResponse"});
  }
  world.run_for(10s);
  world.load_rps = 56.0;
  const auto withheld{[&](Because because) {
    return std::ranges::count(spillway.web().plan.withheld, because, &Withheld::because) > 0;
  }};
  const auto until{world.clock.now() + 10min};
  CHECK(world.run_until([&] { return withheld(Because::trial_create); }, 4min));
  CHECK_FALSE(world.run_until([&] { return withheld(Because::create_tokens_spent); },
                              until - world.clock.now()));
  // Three at once, before the first answer; then one after 3 and one after 9 minutes.
  CHECK(world.cloud.count_calls("create") <= 5);
}

TEST_CASE("a region without capacity is left for the next one within a tick") {
  World world{};
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::no_capacity, "ServiceUnavailable"};
  world.start([](LoopSettings&, Workload& web) { use_two_regions(web); });
  world.load_rps = 56.0;
  CHECK(world.run_until([&] { return world.serving() == 7; }, 2min));
  for (const std::string& name : world.cloud.names()) {
    CHECK(world.cloud.find(name)->request.place.region == "westus");
  }
  CHECK(world.cloud.count_calls("create") <= 6);  // three refused once, three accepted
}

TEST_CASE("no capacity half a minute after the create sends the next one to the next region") {
  World world{};
  world.cloud.fail_next_start("InsufficientCapacity.");
  world.start([](LoopSettings&, Workload& web) { use_two_regions(web); });
  world.load_rps = 40.0;
  CHECK(world.run_until([&] { return world.serving() == 5; }, 3min));
  world.run_for(1min);
  REQUIRE(world.cloud.names().size() == 1);
  CHECK(world.cloud.find(world.cloud.names().at(0))->request.place.region == "westus");
}

TEST_CASE("a size that finds no room is left for a smaller one in the same place") {
  World world{};
  world.cloud.behaviour.capacity_cores = 3.0;
  world.start([](LoopSettings&, Workload& web) {
    Offer small{web.offers.at(0)};
    web.offers.at(0).size = {.vcpu = 4.0, .memory_gb = 8.0, .replicas = 3_replicas};
    web.offers.push_back(small);
  });
  world.load_rps = 56.0;
  CHECK(world.run_until([&] { return world.serving() == 7; }, 2min));
  for (const std::string& name : world.cloud.names()) {
    CHECK(world.cloud.find(name)->request.size.vcpu < 4.0);
  }
}

/// What the journal's decisions say about `action` of `group`.
std::vector<std::string> outcomes_of(const World& world, const std::string& group,
                                     const std::string& action) {
  std::vector<std::string> results{};
  for (const JournalEntry& entry : world.disk->journal) {
    const bool planned_it{std::ranges::any_of(
        entry.plan.creates, [&](const CreateGroup& each) { return each.id.name == group; })};
    for (const Outcome& outcome : entry.outcomes) {
      if (outcome.group.name != group || outcome.action != action) continue;
      results.push_back(planned_it ? outcome.result : "at another decision");
    }
  }
  return results;
}

TEST_CASE("what became of a group that the platform moved is told at the decision that made it") {
  World world{};
  world.start();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const std::string name{world.cloud.names().at(0)};
  world.cloud.move(name);
  world.run_for(2min);
  world.load_rps = 10.0;
  REQUIRE(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
  world.run_for(10s);
  CHECK(outcomes_of(world, name, "create") == std::vector<std::string>{"accepted"});
  CHECK(outcomes_of(world, name, "remove") == std::vector<std::string>{"accepted"});
}

TEST_CASE("the same of a group that was adopted after a crash") {
  World world{};
  Controller& first{world.start()};
  first.provider.dies_after_create = true;
  world.load_rps = 40.0;
  world.run_for(30s);
  REQUIRE(world.cloud.names().size() == 1);
  const std::string name{world.cloud.names().at(0)};
  std::erase_if(world.disk->groups, [](const GroupRecord&) { return true; });
  world.start();
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 3min));
  world.load_rps = 10.0;
  REQUIRE(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
  world.run_for(10s);
  CHECK(outcomes_of(world, name, "remove") == std::vector<std::string>{"accepted"});
}

TEST_CASE("no name is ever used twice, in whatever region and however often it is tried") {
  World world{};
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::no_capacity, "ServiceUnavailable"};
  world.start([](LoopSettings&, Workload& web) { use_two_regions(web); });
  for (int burst{0}; burst < 3; ++burst) {
    world.load_rps = 70.0;
    world.run_for(8min);
    world.load_rps = 10.0;
    world.run_for(15min);
  }
  std::multiset<std::string> created{};
  for (const std::string& call : world.cloud.calls) {
    if (call.starts_with("create ")) created.insert(call);
  }
  CHECK(created.size() >= 6);
  for (const std::string& call : created) CHECK(created.count(call) == 1);
}

TEST_CASE("a stuck creation that was to go used up the deletes that Azure allows for all others") {
  World world{};
  world.start();
  world.cloud.stick_next_create();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.cloud.names().size() == 1; }, 2min));
  const std::string stuck{world.cloud.names().at(0)};
  world.load_rps = 10.0;
  const auto removes = [&world] { return world.cloud.count_calls("remove"); };
  REQUIRE(world.run_until([&] { return removes() > 0; }, 30min));
  world.run_for(10min);
  CHECK(removes() >= 10);  // Azure gives it up some time, or lets go by itself
  CHECK(removes() <= 16);

  // Once it is seen to be there, nobody waits for the pause to be over.
  world.cloud.unstick(stuck);
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 30s));
}

}  // namespace
}  // namespace spillway::testing::azure_traps_test
