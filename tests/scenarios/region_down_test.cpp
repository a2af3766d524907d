// Stories of a whole region that goes dark with all that runs in it.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "policies/cost/price_ceiling.hpp"
#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::region_down_test {
namespace {

using namespace std::chrono_literals;

const Place east{.subscription = "s", .region = "eastus"};

int count_in(const World& world, const std::string& region) {
  int count{0};
  for (const std::string& name : world.cloud.names()) {
    count += world.cloud.find(name)->request.place.region == region ? 1 : 0;
  }
  return count;
}

/// Burst replicas in traffic that really answer.
int alive(const World& world) {
  int count{0};
  for (const std::string& name : world.edge.admitted()) {
    const FakeGroup* const group{world.cloud.find(name)};
    count += group != nullptr && !world.dark_regions.contains(group->request.place.region) ? 1 : 0;
  }
  return count;
}

Controller& start_in_two_regions(World& world, LimitSettings limits = {.max_burst = 50}) {
  return world.start([limits](LoopSettings&, Workload& web) {
    use_two_regions(web);
    web.decision.limits = limits;
  });
}

/// Ten burst replicas in the cheap region, which then goes dark: no probe passes, and nothing more
/// can be created there.
Controller& ten_in_the_dark(World& world, LimitSettings limits = {.max_burst = 50}) {
  Controller& spillway{start_in_two_regions(world, limits)};
  world.load_rps = 14 * 8.0;
  REQUIRE(world.run_until([&] { return world.serving() == 14; }, 3min));
  REQUIRE(count_in(world, "eastus") == 10);
  world.dark_regions.insert("eastus");
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::no_capacity, "ServiceUnavailable"};
  return spillway;
}

TEST_CASE("a region that goes dark is covered by the other within a tick of being noticed") {
  World world{};
  Controller& spillway{ten_in_the_dark(world)};
  REQUIRE(world.run_until([&] { return !spillway.notebook.doubts.empty(); }, 30s));
  CHECK(count_in(world, "westus") == 0);
  world.run_for(6s);  // one tick
  CHECK(count_in(world, "westus") == 10);
  CHECK(count_in(world, "eastus") == 10);  // they may be reached by the balancer and not by us
  CHECK(world.run_until([&] { return alive(world) == 10; }, 45s));
  // Covered, the lost ones leave; none of the others does.
  CHECK(world.run_until([&] { return count_in(world, "eastus") == 0; }, 6min));
  CHECK(count_in(world, "westus") == 10);
  CHECK(alive(world) == 10);
}

TEST_CASE("killed in the middle of a failover it keeps the cover, which alone is known to serve") {
  World world{};
  Controller& spillway{ten_in_the_dark(world)};
  REQUIRE(world.run_until([&] { return alive(world) == 10; }, 90s));
  REQUIRE(count_in(world, "eastus") > 0);
  world.kill(spillway);
  start_in_two_regions(world);
  for (int i{0}; i < 60; ++i) {
    world.run_for(5s);
    CHECK(alive(world) == 10);
    CHECK(count_in(world, "westus") == 10);
  }
  CHECK(world.run_until([&] { return count_in(world, "eastus") == 0; }, 15min));
}

TEST_CASE("a dark region that cannot be listed either is covered, and left as it is until it can") {
  World world{};
  ten_in_the_dark(world);
  world.cloud.behaviour.unlisted_places[east] = {Errc::unavailable, "503"};
  CHECK(world.run_until([&] { return alive(world) == 10; }, 90s));
  world.run_for(10min);
  CHECK(alive(world) == 10);
  CHECK(count_in(world, "westus") == 10);  // and no second cover
  world.cloud.behaviour.unlisted_places.clear();
  CHECK(world.run_until([&] { return count_in(world, "eastus") == 0; }, 6min));
  CHECK(alive(world) == 10);
}

TEST_CASE("what is wanted beside goes to the region that answers, although it is dearer") {
  World world{};
  ten_in_the_dark(world);
  world.cloud.behaviour.refusing_regions.clear();  // it takes creates, and nothing comes of them
  REQUIRE(world.run_until([&] { return alive(world) == 10; }, 90s));
  const auto creates = world.cloud.count_calls("create");
  world.load_rps = 18 * 8.0;
  CHECK(world.run_until([&] { return alive(world) == 14; }, 1min));
  CHECK(world.cloud.count_calls("create") == creates + 4);
}

TEST_CASE("a region that is back before its cover serves keeps its groups, and the cover goes") {
  World world{};
  Controller& spillway{ten_in_the_dark(world)};
  REQUIRE(world.run_until([&] { return count_in(world, "westus") == 10; }, 40s));
  world.dark_regions.clear();
  world.cloud.behaviour.refusing_regions.clear();
  REQUIRE(world.run_until(
      [&] { return spillway.notebook.doubts.back() == "web in eastus believed"; }, 30s));
  CHECK(world.run_until([&] { return count_in(world, "westus") == 0; }, 5min));
  CHECK(count_in(world, "eastus") == 10);
  CHECK(alive(world) == 10);
}

TEST_CASE("a fleet at max_burst whose region goes dark is covered within a tick as well") {
  World world{};
  Controller& spillway{ten_in_the_dark(world, {.max_burst = 10})};
  REQUIRE(world.run_until([&] { return !spillway.notebook.doubts.empty(); }, 30s));
  const TimePoint noticed{world.clock.now()};
  world.run_for(6s);  // one tick
  CHECK(count_in(world, "westus") == 10);
  CHECK(count_in(world, "eastus") == 10);
  CHECK(world.run_until([&] { return alive(world) == 10; }, 2h));
  MESSAGE("at max_burst, seconds from the doubt until ten serve elsewhere: ",
          std::chrono::duration_cast<std::chrono::seconds>(world.clock.now() - noticed).count());
  CHECK(world.clock.now() - noticed <= 45s);
  // Beyond the maximum for as long as the dark ones take to leave.
  CHECK(world.run_until([&] { return world.cloud.names().size() == 10; }, 6min));
  CHECK(count_in(world, "westus") == 10);
}

TEST_CASE("a fleet at its maximum that may not pass it leaves a dark region within minutes") {
  enum class Maximum { limit, allocator, rent };
  for (const Maximum maximum : {Maximum::limit, Maximum::allocator, Maximum::rent}) {
    CAPTURE(static_cast<int>(maximum));
    World world{};
    LimitSettings limits{.max_burst = 50};
    if (maximum == Maximum::limit) limits = {.max_burst = 10, .max_cover = 0};
    Controller& spillway{ten_in_the_dark(world, limits)};
    LoopConfig config{spillway.config};
    if (maximum == Maximum::allocator) config.allocator.max_burst = 10;
    if (maximum == Maximum::rent) {
      const auto web{std::make_shared<Workload>(*config.workloads.at("web"))};
      web->decision.policies.push_back(std::make_shared<PriceCeiling>(
          PriceCeilingSettings{.max_rent = HourlyPrice{usd(10 * 0.0594)}}));
      config.workloads["web"] = web;
    }
    spillway.loop->reload(std::move(config));
    REQUIRE(world.run_until([&] { return !spillway.notebook.doubts.empty(); }, 30s));
    const TimePoint noticed{world.clock.now()};
    int most_missing{0};  // of those that a balancer may still reach, if the doubt is wrong
    const bool has_moved{world.run_until(
        [&] {
          most_missing =
              std::max(most_missing, 10 - static_cast<int>(world.edge.admitted().size()));
          CHECK(world.edge.admitted().size() <= 10);
          return alive(world) == 10;
        },
        2h)};
    CHECK(has_moved);
    MESSAGE("without a cover, seconds from the doubt until ten serve elsewhere: ",
            std::chrono::duration_cast<std::chrono::seconds>(world.clock.now() - noticed).count(),
            ", at most missing at once: ", most_missing);
    CHECK(world.clock.now() - noticed <= 5min);
    CHECK(most_missing <= 5);
    CHECK(count_in(world, "westus") == 10);
  }
}

TEST_CASE("where nothing starts elsewhere, no more than one at a time leaves a dark region") {
  World world{};
  ten_in_the_dark(world, {.max_burst = 10, .max_cover = 0});
  world.cloud.behaviour.refusing_regions["westus"] = {Errc::no_capacity, "ServiceUnavailable"};
  world.run_for(9min);
  CHECK(world.edge.admitted().size() >= 9);
}

TEST_CASE("the cover keeps within what may run, and says what it does not cover") {
  World world{};
  Controller& spillway{ten_in_the_dark(world, {.max_burst = 10, .max_cover = 3})};
  REQUIRE(world.run_until([&] { return count_in(world, "westus") > 0; }, 40s));
  CHECK(world.cloud.names().size() == 13);
  const auto& withheld{spillway.web().plan.withheld};
  CHECK(std::ranges::any_of(
      withheld, [](const Withheld& each) { return each.because == Because::too_many_replicas; }));
  // As the cover serves, as many of the lost ones make room for more of it.
  CHECK(world.run_until([&] { return alive(world) == 10; }, 10min));
  for (int i{0}; i < 10; ++i) {
    world.run_for(10s);
    CHECK(world.cloud.names().size() <= 13);
  }
}

TEST_CASE("a region that cannot be listed keeps its groups, and those of the other leave") {
  World world{};
  world.cloud.behaviour.groups_per_region = 3;
  Controller& spillway{world.start([](LoopSettings&, Workload& web) { use_two_regions(web); })};
  world.load_rps = 80.0;  // 10 replicas: 6 burst
  REQUIRE(world.run_until([&] { return world.serving() == 10; }, 3min));
  REQUIRE(count_in(world, "eastus") == 3);
  world.cloud.behaviour.unlisted_places[east] = {Errc::denied, "AuthorizationFailed"};
  world.load_rps = 48.0;  // 6: 2 burst
  world.run_for(20min);
  CHECK(count_in(world, "eastus") == 3);
  CHECK(count_in(world, "westus") == 0);
  CHECK(world.serving() == 7);
  const auto& withheld{spillway.web().plan.withheld};
  REQUIRE(withheld.size() == 1);
  CHECK(withheld.at(0) == Withheld{Replicas{-1}, Because::fleet_unknown});
  world.cloud.behaviour.unlisted_places.clear();
  CHECK(world.run_until([&] { return world.serving() == 6; }, 10min));
}

}  // namespace
}  // namespace spillway::testing::region_down_test
