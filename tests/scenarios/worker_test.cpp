// Stories of workers: nothing sends them requests, so they say themselves when they may go.
#include <doctest/doctest.h>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::worker_test {
namespace {

using namespace std::chrono_literals;

void without_traffic(LoopSettings&, Workload& workload) {
  workload.traffic.clear();
  workload.idle_path = "/idle";
  workload.lifecycle.drain_deadline = 30min;
}

int serving(const Controller& spillway) {
  int count{0};
  for (const GroupRecord& group : spillway.web().groups) {
    count += group.state.phase == GroupPhase::serving ? 1 : 0;
  }
  return count;
}

TEST_CASE("a busy worker is not killed before it says idle") {
  World world{};
  Controller& spillway{world.start(&without_traffic)};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return spillway.notebook.last_status && serving(spillway) == 1; },
                          2min));
  const std::string name{world.cloud.names().at(0)};
  world.busy_workers.insert(name);
  world.load_rps = 10.0;
  world.run_for(20min);
  CHECK(spillway.web().groups.at(0).state.phase == GroupPhase::draining);
  CHECK(world.cloud.count_calls("remove") == 0);
  world.busy_workers.clear();
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 2min));
}

TEST_CASE("a worker that never says idle goes at the deadline") {
  World world{};
  Controller& spillway{world.start(&without_traffic)};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return spillway.notebook.last_status && serving(spillway) == 1; },
                          2min));
  world.busy_workers.insert(world.cloud.names().at(0));
  world.load_rps = 10.0;
  world.run_for(25min);
  CHECK(world.cloud.count_calls("remove") == 0);
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 15min));
}

}  // namespace
}  // namespace spillway::testing::worker_test
