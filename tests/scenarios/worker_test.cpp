// Stories of workers: nothing sends them requests, so they say themselves when they may go.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

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

/// The name of the one worker, once it serves.
std::string first_worker(World& world, Controller& spillway) {
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return spillway.notebook.last_status && serving(spillway) == 1; },
                          2min));
  return world.cloud.names().at(0);
}

TEST_CASE("a busy worker is not killed before it says idle") {
  World world{};
  Controller& spillway{world.start(&without_traffic)};
  const std::string name{first_worker(world, spillway)};
  world.busy_workers.insert(name);
  world.load_rps = 10.0;
  world.run_for(20min);
  CHECK(spillway.web().groups.at(0).state.phase == GroupPhase::draining);
  CHECK(world.cloud.count_calls("remove") == 0);
  world.busy_workers.clear();
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 2min));
}

/// Measured instead of asked.
void measured(LoopSettings& settings, Workload& workload) {
  without_traffic(settings, workload);
  workload.idle_path.clear();
  workload.work_lag = 30s;
}

/// Six workers of which the three newest, that would leave first, have a job in hand.
std::vector<std::string> three_of_six_busy(World& world, Controller& spillway) {
  world.load_rps = 80.0;
  REQUIRE(world.run_until([&] { return spillway.notebook.last_status && serving(spillway) == 6; },
                          3min));
  std::vector<GroupRecord> groups{spillway.web().groups};
  std::ranges::stable_sort(groups, [](const GroupRecord& a, const GroupRecord& b) {
    return a.state.created_at > b.state.created_at;
  });
  std::vector<std::string> busy{};
  for (const GroupRecord& group : groups) {
    const bool is_busy{busy.size() < 3};
    world.jobs[group.id.name] = is_busy ? 1.0 : 0.0;
    if (is_busy) busy.push_back(group.id.name);
  }
  return busy;
}

TEST_CASE("workers without a job leave first, by their metric, and no busy one with them") {
  World world{};
  Controller& spillway{world.start(&measured)};
  const std::vector<std::string> busy{three_of_six_busy(world, spillway)};
  world.load_rps = 56.0;  // 7 replicas: 3 workers
  world.run_for(15min);
  CHECK(world.cloud.names().size() == 3);
  for (const std::string& name : busy) {
    CHECK(world.cloud.find(name) != nullptr);
    CHECK(std::ranges::count(spillway.notebook.phases, name + " draining ScaleIn") == 0);
  }
}

TEST_CASE("a worker's metric ends its drain, and a sample from before the drain does not") {
  World world{};
  Controller& spillway{world.start(&measured)};
  const std::string name{first_worker(world, spillway)};
  world.jobs[name] = 1.0;
  world.scrape_age = 10s;
  REQUIRE(spillway.loop->drain_group({name}));
  world.run_for(10min);
  CHECK(world.cloud.count_calls("remove") == 0);  // busy
  world.jobs[name] = 0.0;
  CHECK(world.run_until([&] { return world.cloud.find(name) == nullptr; }, 30s));

  world.jobs.clear();
  REQUIRE(world.run_until([&] { return serving(spillway) == 1; }, 3min));
  const std::string idle{world.cloud.names().at(0)};
  world.jobs[idle] = 0.0;
  world.run_for(1min);
  REQUIRE(spillway.loop->drain_group({idle}));
  world.run_for(30s);  // samples of up to 20 s after it: 10 s more may hide a job taken before it
  CHECK(world.cloud.find(idle) != nullptr);
  CHECK(world.run_until([&] { return world.cloud.find(idle) == nullptr; }, 1min));
}

/// Of a config in which no worker is measured.
class NothingMeasured final : public Sensors {
 public:
  boost::asio::awaitable<std::map<std::string, Readings>> read(io::Deadline) override {
    co_return std::map<std::string, Readings>{};
  }
  boost::asio::awaitable<std::map<std::string, WorkInHand>> read_work(std::set<std::string>,
                                                                      io::Deadline) override {
    co_return std::map<std::string, WorkInHand>{};
  }
};

TEST_CASE("a measured worker whose workload left the config goes when it is idle, not before") {
  World world{};
  Controller& spillway{world.start(&measured)};
  const std::string name{first_worker(world, spillway)};
  world.jobs[name] = 1.0;
  world.run_for(10s);
  LoopConfig empty{spillway.config};
  empty.workloads.clear();
  empty.sensors = std::make_shared<NothingMeasured>();
  spillway.loop->reload(empty);
  world.run_for(5min);
  CHECK(world.cloud.count_calls("remove") == 0);
  REQUIRE(spillway.loop->status()->leaving.size() == 1);  // it costs, and nobody saw it
  CHECK(spillway.loop->status()->leaving.front().id.name == name);
  spillway.loop->reload(empty);  // another change of the config: it is asked on
  world.run_for(5min);
  CHECK(world.cloud.count_calls("remove") == 0);
  world.jobs[name] = 0.0;
  CHECK(world.run_until([&] { return world.cloud.find(name) == nullptr; }, 1min));
  CHECK(world.run_until([&] { return spillway.loop->status()->leaving.empty(); }, 1min));
}

TEST_CASE("a worker that nobody knows anything about is busy until the deadline") {
  World world{};
  Controller& spillway{world.start(&measured)};
  const std::string name{first_worker(world, spillway)};
  world.jobs[name] = 0.0;
  world.run_for(10s);
  world.is_prometheus_down = true;
  REQUIRE(spillway.loop->drain_group({name}));
  world.run_for(29min);
  CHECK(world.cloud.find(name) != nullptr);
  CHECK(world.run_until([&] { return world.cloud.find(name) == nullptr; }, 3min));
}

TEST_CASE("the hook's word goes before the metric's: a worker that says busy is") {
  World world{};
  Controller& spillway{world.start([](LoopSettings& settings, Workload& workload) {
    measured(settings, workload);
    workload.idle_path = "/idle";
  })};
  const std::string name{first_worker(world, spillway)};
  world.jobs[name] = 0.0;
  world.busy_workers.insert(name);
  REQUIRE(spillway.loop->drain_group({name}));
  world.run_for(10min);
  CHECK(world.cloud.find(name) != nullptr);
  world.jobs[name] = 1.0;  // as it was scraped a while ago
  world.busy_workers.clear();
  CHECK(world.run_until([&] { return world.cloud.find(name) == nullptr; }, 30s));
}

TEST_CASE("a replica that says idle is not deleted while a balancer may send it a request") {
  World world{};
  Controller& spillway{
      world.start([](LoopSettings&, Workload& workload) { workload.idle_path = "/idle"; })};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  const std::string name{world.cloud.names().at(0)};
  world.edge.outage = Error{Errc::unavailable, "the admin socket is gone"};
  REQUIRE(spillway.loop->drain_group({name}));
  world.run_for(30min);
  CHECK(world.edge.is_admitted(name));
  CHECK(world.cloud.find(name) != nullptr);
  world.edge.outage.reset();
  CHECK(world.run_until([&] { return world.cloud.find(name) == nullptr; }, 30s));
}

TEST_CASE("a replica without requests that says busy stays until it says idle") {
  World world{};
  Controller& spillway{world.start([](LoopSettings&, Workload& workload) {
    workload.idle_path = "/idle";
    workload.lifecycle.drain_deadline = 30min;
  })};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  const std::string name{world.cloud.names().at(0)};
  world.busy_workers.insert(name);  // it has something to write down first
  REQUIRE(spillway.loop->drain_group({name}));
  world.run_for(10min);
  CHECK(world.cloud.find(name) != nullptr);
  world.busy_workers.clear();
  CHECK(world.run_until([&] { return world.cloud.find(name) == nullptr; }, 30s));
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
