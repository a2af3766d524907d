// Stories of Spot groups: workers without an address, which the platform takes back and starts
// again.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "controller/core/success_rates.hpp"
#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::spot_test {
namespace {

using namespace std::chrono_literals;

const Place spot{.subscription = "s", .region = "westeurope", .priority = Priority::spot};

/// Spot at a third of the price first, and a regular place to fall back to.
void spot_first(LoopSettings&, Workload& workload) {
  workload.traffic.clear();
  Offer cheap{workload.offers.at(0)};
  cheap.place = spot;
  cheap.price = {Money{cheap.price.per_hour.nanos / 3}};
  workload.offers.insert(workload.offers.begin(), cheap);
}

std::vector<GroupRecord> serving(const Controller& controller) {
  std::vector<GroupRecord> all{};
  if (!controller.notebook.last_status) return all;
  for (const GroupRecord& group : controller.web().groups) {
    if (group.state.phase == GroupPhase::serving) all.push_back(group);
  }
  return all;
}

TEST_CASE("a Spot worker serves once its containers run: it has no address to probe") {
  World world{};
  Controller& controller{world.start(&spot_first)};
  world.load_rps = 48.0;  // 6 replicas: 2 burst
  REQUIRE(world.run_until([&] { return serving(controller).size() == 2; }, 2min));
  for (const GroupRecord& group : serving(controller)) {
    CHECK(group.place == spot);
    CHECK(group.ip.empty());
  }
  const auto gets{world.cloud.count_calls("get")};
  world.run_for(10min);
  CHECK(serving(controller).size() == 2);
  // Looked at twice a minute, not with every probe.
  CHECK(world.cloud.count_calls("get") - gets <= 2 * 22);
  SUBCASE("a provider that does not answer takes nothing away") {
    world.cloud.behaviour.outage = Error{Errc::unavailable, "503"};
    world.run_for(10min);
    CHECK(serving(controller).size() == 2);
    CHECK(world.cloud.count_calls("remove") == 0);
  }
  SUBCASE("and one that ends is replaced") {
    const std::string ended{world.cloud.names().at(0)};
    world.cloud.end_containers(ended);
    CHECK(world.run_until([&] { return world.cloud.find(ended) == nullptr; }, 2min));
    CHECK(world.run_until([&] { return serving(controller).size() == 2; }, 2min));
  }
  SUBCASE("and it goes when it is not wanted any more") {
    world.load_rps = 10.0;
    CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 15min));
  }
}

TEST_CASE("an evicted Spot group is told apart, counted, replaced, and its place thought less of") {
  World world{};
  Controller& controller{world.start(&spot_first)};
  world.load_rps = 40.0;  // 1 burst
  REQUIRE(world.run_until([&] { return serving(controller).size() == 1; }, 2min));
  const std::string evicted{world.cloud.names().at(0)};
  const TimePoint created{world.disk->group({evicted})->state.created_at};
  SUBCASE("by the words of an event") {
    world.cloud.evict(evicted);
  }
  SUBCASE("by its state alone: it is created once more") {
    world.cloud.evict(evicted, false);
  }
  CHECK(world.run_until([&] { return world.cloud.find(evicted) == nullptr; }, 3min));
  CHECK(controller.notebook.restarts == std::vector<std::string>{evicted + " SpotEvicted"});
  CHECK(world.disk->group({evicted})->state.leaving_because == Because::spot_evicted);
  CHECK(world.run_until([&] { return serving(controller).size() == 1; }, 3min));
  bool is_in_journal{false};
  for (const JournalEntry& entry : world.disk->journal) {
    if (entry.at != created) continue;
    for (const Outcome& outcome : entry.outcomes) {
      is_in_journal =
          is_in_journal || (outcome.action == "evicted" && outcome.group.name == evicted &&
                            outcome.result == "SpotEvicted");
    }
  }
  CHECK(is_in_journal);
  // One start that served and one that was taken back, beside the two of the prior.
  const auto rates{SuccessRates::from_text(world.disk->kept.at("success_rates").text)};
  CHECK(rates.rate(spot, world.clock.now()) < 0.85);
  CHECK(rates.rate({.subscription = "s", .region = "eastus"}, world.clock.now()) == 1.0);
}

TEST_CASE("a mended node is no eviction: the group is followed and kept, also on Spot") {
  World world{};
  Controller& controller{world.start(&spot_first)};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return serving(controller).size() == 1; }, 2min));
  const std::string name{world.cloud.names().at(0)};
  world.cloud.repair(name);
  CHECK(world.run_until([&] { return serving(controller).empty(); }, 20s));
  CHECK(world.run_until([&] { return serving(controller).size() == 1; }, 2min));
  CHECK(controller.notebook.restarts == std::vector<std::string>{name + " PlatformRestarted"});
  CHECK(world.cloud.count_calls("create") == 1);
  CHECK(world.cloud.count_calls("remove") == 0);
}

TEST_CASE("a regular group that the platform starts anew gets no traffic until it is back") {
  World world{};
  Controller& controller{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  const std::string name{world.cloud.names().at(0)};
  SUBCASE("as Repairing") {
    world.cloud.repair(name);
  }
  SUBCASE("as Pending: Spot alone can be evicted") {
    world.cloud.evict(name);
  }
  CHECK(world.run_until([&] { return world.serving() == 4; }, 20s));
  CHECK(world.run_until([&] { return world.edge.is_admitted(name); }, 2min));
  CHECK(controller.notebook.restarts == std::vector<std::string>{name + " PlatformRestarted"});
  CHECK(world.cloud.count_calls("remove") == 0);
}

}  // namespace
}  // namespace spillway::testing::spot_test
