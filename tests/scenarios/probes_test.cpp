// Stories of probes that fail together: rather the way to the groups than the groups.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::probes_test {
namespace {

using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

void burst_of(World& world, int count) {
  world.load_rps = (4 + count) * 8.0;
  REQUIRE(world.run_until([&] { return world.serving() == 4 + count; }, 3min));
}

TEST_CASE("a route that breaks does not delete the burst that the balancer still reaches") {
  World world{};
  Controller& spillway{world.start()};
  burst_of(world, 10);
  world.is_route_broken = true;
  world.run_for(30min);
  // One by one as a test, ten minutes apart, whose replacements never pass.
  CHECK(world.edge.admitted().size() >= 6);
  CHECK(world.cloud.count_calls("remove") <= 8);
  CHECK(spillway.notebook.doubts.at(0) == "web in eastus doubted");
  const auto noted{std::ranges::count_if(spillway.web().groups, [](const GroupRecord& group) {
    return group.note.starts_with("ProbesDoubted");
  })};
  CHECK(noted >= 6);
  world.is_route_broken = false;
  CHECK(world.run_until([&] { return world.serving() == 14; }, 20min));
  CHECK(world.run_until([&] { return spillway.notebook.doubts.back() == "web in eastus believed"; },
                        1min));
  world.run_for(20s);
  for (const GroupRecord& group : spillway.web().groups) {
    CHECK_FALSE(group.note.starts_with("ProbesDoubted"));
  }
}

TEST_CASE("a route that is broken for less than a minute costs nothing") {
  World world{};
  Controller& spillway{world.start()};
  burst_of(world, 6);
  world.is_route_broken = true;
  world.run_for(60s);
  world.is_route_broken = false;
  world.run_for(2min);
  CHECK(world.cloud.count_calls("remove") == 0);
  CHECK(world.edge.admitted().size() == 6);
  CHECK(spillway.notebook.doubts == Lines{"web in eastus doubted", "web in eastus believed"});
}

TEST_CASE("groups that the provider says have ended leave at once, however many they are") {
  World world{};
  world.start();
  burst_of(world, 6);
  const Lines before{world.cloud.names()};
  for (const std::string& name : before) world.cloud.end_containers(name);
  CHECK(world.run_until(
      [&] {
        return std::ranges::all_of(
            before, [&](const std::string& name) { return world.cloud.find(name) == nullptr; });
      },
      1min));
  CHECK(world.run_until([&] { return world.serving() == 10; }, 10min));
}

TEST_CASE(
    "groups that really hang all at once are replaced, once a new one shows that it can pass") {
  World world{};
  world.start();
  burst_of(world, 6);
  const Lines before{world.cloud.names()};
  for (const std::string& name : before) world.hanging.insert(name);
  CHECK(world.run_until(
      [&] {
        return std::ranges::all_of(
            before, [&](const std::string& name) { return world.cloud.find(name) == nullptr; });
      },
      6min));
  CHECK(world.run_until([&] { return world.serving() == 10; }, 2min));
}

TEST_CASE("a replica that speaks TLS alone is probed over TLS") {
  for (const bool is_https : {true, false}) {
    CAPTURE(is_https);
    World world{};
    world.is_tls_only = true;
    world.start([is_https](LoopSettings&, Workload& web) {
      web.probe.path = "/healthz";
      web.probe.is_https = is_https;
    });
    world.load_rps = 40.0;
    CHECK(world.run_until([&] { return world.serving() == 5; }, 2min) == is_https);
  }
}

TEST_CASE("one group that hangs among many is replaced without a doubt") {
  World world{};
  Controller& spillway{world.start()};
  burst_of(world, 6);
  const std::string broken{world.cloud.names().at(0)};
  world.hanging.insert(broken);
  CHECK(world.run_until([&] { return world.cloud.find(broken) == nullptr; }, 1min));
  CHECK(spillway.notebook.doubts.empty());
}

}  // namespace
}  // namespace spillway::testing::probes_test
