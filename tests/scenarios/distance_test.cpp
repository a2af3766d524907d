// How far a region is, nobody has to write down: probes of the first group there show it.
#include <doctest/doctest.h>

#include "policies/placement/spread.hpp"
#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::distance_test {
namespace {

using namespace std::chrono_literals;

/// The cheaper region is the farther one, and no more than 100 ms are wanted.
void near_or_cheap(LoopSettings&, Workload& web) {
  use_two_regions(web);
  web.placement.policy = placement::Spread{.latency_max = 100ms};
}

int groups_in(const World& world, std::string_view region) {
  int count{0};
  for (const std::string& name : world.cloud.names()) {
    if (world.cloud.find(name)->request.place.region == region) ++count;
  }
  return count;
}

TEST_CASE("once a probe has shown that a region is far, what follows goes to the near one") {
  World world{};
  world.probe_times = {{"eastus", 400ms}, {"westus", 30ms}};
  Controller& first{world.start(near_or_cheap)};
  world.load_rps = 39.0;  // 5 replicas: one is burst, and nothing is known yet
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 5min));
  CHECK(groups_in(world, "eastus") == 1);

  world.load_rps = 80.0;  // 10 replicas; equal shares would put three into each region
  REQUIRE(world.run_until([&] { return world.serving() == 10; }, 5min));
  CHECK(groups_in(world, "eastus") == 1);
  CHECK(groups_in(world, "westus") == 5);

  // A restart has not to find it out again.
  world.kill(first);
  world.start(near_or_cheap);
  world.load_rps = 120.0;
  REQUIRE(world.run_until([&] { return world.serving() == 15; }, 5min));
  CHECK(groups_in(world, "eastus") == 1);
}

TEST_CASE("what a person wrote down about a region counts before the probes") {
  World world{};
  world.probe_times = {{"eastus", 400ms}, {"westus", 30ms}};
  world.start([](LoopSettings& settings, Workload& web) {
    near_or_cheap(settings, web);
    for (const Offer& offer : web.offers) web.latencies[offer.place] = 20ms;
  });
  world.load_rps = 39.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 5min));
  world.load_rps = 80.0;
  REQUIRE(world.run_until([&] { return world.serving() == 10; }, 5min));
  CHECK(groups_in(world, "eastus") == 3);
  CHECK(groups_in(world, "westus") == 3);
}

}  // namespace
}  // namespace spillway::testing::distance_test
