// Stories of workers: nothing sends them requests, so they say themselves when they may go.
#include <doctest/doctest.h>

#include <algorithm>

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

TEST_CASE("workers that finish together are no failure: the place stays open") {
  World world{};
  Controller& spillway{world.start([](LoopSettings& settings, Workload& workload) {
    without_traffic(settings, workload);
    workload.replica.restart = RestartPolicy::on_failure;
  })};
  world.load_rps = 80.0;  // 10 replicas: 6 of them workers
  REQUIRE(world.run_until([&] { return spillway.notebook.last_status && serving(spillway) == 6; },
                          3min));
  const auto done{world.cloud.names()};
  for (const std::string& name : done) world.cloud.end_containers(name, "", 0);
  CHECK(world.run_until(
      [&] {
        return std::ranges::all_of(
            done, [&](const std::string& name) { return world.cloud.find(name) == nullptr; });
      },
      1min));
  CHECK(world.run_until([&] { return serving(spillway) == 6; }, 2min));
  for (const std::string& name : done) {
    CHECK(std::ranges::count(spillway.notebook.phases, name + " removing Completed") == 1);
  }
  CHECK(std::ranges::none_of(spillway.notebook.phases, [](const std::string& line) {
    return line.find(" failed") != std::string::npos;
  }));
}

TEST_CASE("a worker that ends with an error has failed, and so has a server that ends at all") {
  for (const auto& each :
       {std::pair{RestartPolicy::on_failure, 1}, std::pair{RestartPolicy::always, 0}}) {
    const RestartPolicy restart{each.first};
    const int exit_code{each.second};
    CAPTURE(exit_code);
    World world{};
    Controller& spillway{world.start([&](LoopSettings& settings, Workload& workload) {
      without_traffic(settings, workload);
      workload.replica.restart = restart;
    })};
    world.load_rps = 40.0;
    REQUIRE(world.run_until([&] { return spillway.notebook.last_status && serving(spillway) == 1; },
                            2min));
    const std::string name{world.cloud.names().at(0)};
    world.cloud.end_containers(name, "", exit_code);
    REQUIRE(world.run_until([&] { return world.cloud.find(name) == nullptr; }, 3min));
    CHECK(std::ranges::none_of(spillway.notebook.phases, [](const std::string& line) {
      return line.find("Completed") != std::string::npos;
    }));
  }
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
