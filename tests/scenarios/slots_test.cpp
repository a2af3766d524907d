// Stories of a balancer with fewer slots than the load would like to have replicas.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::slots_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("groups that no balancer has room for are no capacity, and are not paid for") {
  World world{};
  world.edge.slots = 10;
  Controller& spillway{world.start()};
  world.load_rps = 192.0;  // 24 replicas: 20 of them burst
  world.run_for(8min);
  CHECK(world.edge.admitted().size() == 10);
  CHECK(world.cloud.names().size() == 10);  // the other ten were let go after their wait
  CHECK(spillway.web().plan.withheld.at(0).because == Because::traffic_full);
  const int created{static_cast<int>(world.cloud.count_calls("create"))};
  CHECK(created == 20);  // the first time nobody could know
  world.run_for(60min);
  CHECK(world.edge.admitted().size() == 10);
  CHECK(world.cloud.count_calls("create") <= created + 7);  // one in ten minutes looks for room
}

TEST_CASE("a slot that is added is found and used") {
  World world{};
  world.edge.slots = 2;
  world.start();
  world.load_rps = 64.0;  // 8 replicas: 4 of them burst
  world.run_for(8min);
  REQUIRE(world.edge.admitted().size() == 2);
  world.edge.slots = 10;
  CHECK(world.run_until([&] { return world.serving() == 8; }, 15min));
}

TEST_CASE("a full balancer does not stop a rolling update") {
  World world{};
  world.edge.slots = 3;
  Controller& spillway{world.start([](LoopSettings&, Workload& web) {
    web.rolling.limits.soak = 10s;
    web.lifecycle.drain_deadline = 20s;
  })};
  world.load_rps = 56.0;  // 7 replicas: 3 of them burst
  REQUIRE(world.run_until([&] { return world.serving() == 7; }, 2min));
  const auto before{world.cloud.names()};
  LoopConfig changed{spillway.config};
  const auto web{std::make_shared<Workload>(*changed.workloads.at("web"))};
  web->replica.image = "registry.example/web:2";
  web->plan_limits.template_hash = template_hash(web->replica);
  changed.workloads["web"] = web;
  spillway.loop->reload(std::move(changed));
  CHECK(world.run_until(
      [&] {
        return std::ranges::none_of(
            before, [&](const std::string& name) { return world.cloud.find(name) != nullptr; });
      },
      20min));
  CHECK(world.run_until([&] { return world.serving() == 7; }, 2min));
}

}  // namespace
}  // namespace spillway::testing::slots_test
