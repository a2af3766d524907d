// Stories of a cluster that is given machines, and of a platform that moves groups.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "policies/cost/rent_or_buy.hpp"
#include "policies/latency/auto/auto_policy.hpp"
#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace asio = boost::asio;

namespace spillway::testing::machines_test {
namespace {

using namespace std::chrono_literals;

/// Machines that run a while after they were asked for.
class FakeMachines final : public MachinePool {
 public:
  FakeMachines(io::Clock& clock, int machines)
      : clock_{clock}, capacity{machines}, ready{machines} {}

  asio::awaitable<Result<VmPoolState>> observe(io::Deadline) override {
    if (outage) co_return *outage;
    if (clock_.now() >= ready_at) ready = capacity;
    co_return VmPoolState{.capacity = capacity, .ready = std::min(ready, capacity)};
  }
  asio::awaitable<Result<void>> resize(int machines, io::Deadline) override {
    asked.push_back(machines);
    if (refusal) co_return *refusal;
    if (machines > capacity) ready_at = clock_.now() + 3min;
    capacity = machines;
    co_return Result<void>{};
  }

  /// Those that really run at this moment.
  int running() const { return clock_.now() >= ready_at ? capacity : std::min(ready, capacity); }

 private:
  io::Clock& clock_;

 public:
  int capacity;
  int ready;
  TimePoint ready_at{};
  std::vector<int> asked{};
  std::optional<Error> outage{};
  std::optional<Error> refusal{};
};

struct Owned {
  World world{};
  std::shared_ptr<FakeMachines> machines{std::make_shared<FakeMachines>(world.clock, 2)};

  Controller& start() {
    return world.start([this](LoopSettings&, Workload& web) {
      web.machines = machines;
      web.machine_limits = {.base = 2, .max = 4, .replicas_per_vm = 4, .scale_in_after = 10min};
      web.decision.policies.push_back(std::make_unique<RentOrBuy>(RentOrBuySettings{
          .vm_price = HourlyPrice{usd(0.192)}, .replicas_per_vm = 4, .vm_start = 3min}));
    });
  }
};

TEST_CASE(
    "a burst that lasts is handed over to machines of the cluster, and they go when it ends") {
  Owned owned{};
  Controller& controller{owned.start()};
  owned.world.load_rps = 64.0;  // 8 replicas on 4: an overflow of one machine
  owned.world.run_for(10min);
  CHECK(owned.machines->capacity == 2);  // not yet worth it
  CHECK(owned.world.cloud.names().size() == 4);
  owned.world.run_for(20min);
  CHECK(owned.machines->capacity == 3);
  // The burst has gone once the machine runs: it stood in until then.
  CHECK(owned.world.cloud.names().empty());
  CHECK(controller.web().snapshot.fleet.vms.ready == 4_replicas);
  owned.world.load_rps = 20.0;
  owned.world.run_for(30min);
  CHECK(owned.machines->capacity == 2);
  CHECK(owned.machines->asked == std::vector<int>{3, 2});
}

TEST_CASE("while a burst moves onto machines, and when they go, no second is short of capacity") {
  Owned owned{};
  World& world{owned.world};
  owned.start();
  const auto capacity_rps{[&] {
    const int on_machines{4 * (owned.machines->running() - 2)};
    return (world.serving() + on_machines) * replica_capacity_rps;
  }};
  int short_of{0};
  const auto live_for{[&](Duration duration) {
    const TimePoint end{world.clock.now() + duration};
    while (world.clock.now() < end) {
      world.run_for(1s);
      short_of += capacity_rps() < world.load_rps ? 1 : 0;
    }
  }};
  world.load_rps = 64.0;
  REQUIRE(world.run_until([&] { return world.serving() == 8; }, 2min));
  live_for(1h);
  REQUIRE(owned.machines->running() == 3);
  REQUIRE(world.cloud.names().empty());
  world.load_rps = 72.0;  // one more than the machine holds: rented beside it
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  live_for(1h);
  for (const double load_rps : {60.0, 44.0, 36.0, 24.0}) {
    world.load_rps = load_rps;
    live_for(20min);
  }
  CHECK(owned.machines->running() == 2);
  CHECK(world.cloud.names().empty());
  CHECK(short_of == 0);
}

/// Wishes for no extra machine, whatever runs on them.
class WishesNoMachines final : public Policy {
 public:
  std::string_view name() const override { return "no_machines"; }
  Recommendation recommend(const Snapshot&, const History&) const override {
    return {.policy = "no_machines", .vms = 0_replicas, .because = Because::local_first};
  }
};

TEST_CASE("no burst is paid beside machines that still serve, and it serves before they go") {
  Owned owned{};
  World& world{owned.world};
  owned.machines->capacity = owned.machines->ready = 3;
  world.load_rps = 64.0;  // for the four of the cluster and the four on the third machine
  world.start([&owned](LoopSettings&, Workload& web) {
    web.machines = owned.machines;
    web.machine_limits = {.base = 2, .max = 4, .replicas_per_vm = 4, .scale_in_after = 10min};
    web.decision.replicas_per_vm = 4;
    web.decision.policies.push_back(std::make_unique<WishesNoMachines>());
  });
  world.run_for(1min);
  int doubled{0};
  int short_of{0};
  const auto live_for{[&](Duration duration) {
    const TimePoint end{world.clock.now() + duration};
    while (world.clock.now() < end) {
      world.run_for(1s);
      doubled += world.cloud.names().empty() ? 0 : 1;
      const int on_machines{4 * (owned.machines->running() - 2)};
      short_of += (world.serving() + on_machines) * replica_capacity_rps < world.load_rps ? 1 : 0;
    }
  }};
  live_for(6min);
  CHECK(owned.machines->capacity == 3);
  CHECK(doubled == 0);
  live_for(10min);
  CHECK(owned.machines->capacity == 2);
  CHECK(world.cloud.names().size() == 4);
  CHECK(short_of == 0);
}

TEST_CASE("auto hands a burst over to machines and gives them back without paying twice") {
  Owned owned{};
  World& world{owned.world};
  world.load_rps = 64.0;
  world.start([&owned](LoopSettings&, Workload& web) {
    web.machines = owned.machines;
    web.machine_limits = {.base = 2, .max = 4, .replicas_per_vm = 4, .scale_in_after = 10min};
    web.decision.replicas_per_vm = 4;
    web.decision.policies = {std::make_shared<AutoPolicy>(
        AutoSettings{.replica_capacity_rps = replica_capacity_rps, .vm_replicas = 4})};
  });
  world.run_for(1h);
  REQUIRE(owned.machines->capacity >= 3);
  REQUIRE(owned.machines->running() == owned.machines->capacity);
  world.load_rps = 30.0;  // the four of the cluster and two more hold it
  world.run_for(5min);
  int doubled{0};
  for (int second{0}; second < 3'600; ++second) {
    world.run_for(1s);
    const bool has_machine{owned.machines->running() > 2};
    doubled += has_machine && !world.cloud.names().empty() ? 1 : 0;
  }
  CHECK(owned.machines->capacity == 2);
  CHECK(doubled <= 3 * 60);  // while the burst that stands in for them starts
}

TEST_CASE("machines that nothing can stand in for do not go") {
  Owned owned{};
  World& world{owned.world};
  owned.machines->capacity = owned.machines->ready = 3;
  world.load_rps = 64.0;
  world.start([&owned](LoopSettings&, Workload& web) {
    web.machines = owned.machines;
    web.machine_limits = {.base = 2, .max = 4, .replicas_per_vm = 4, .scale_in_after = 10min};
    web.decision.replicas_per_vm = 4;
    web.decision.limits.max_burst = 2;
    web.decision.policies.push_back(std::make_unique<WishesNoMachines>());
  });
  world.run_for(1h);
  CHECK(owned.machines->asked.empty());
  world.load_rps = 48.0;  // two in the burst are enough
  world.run_for(1h);
  CHECK(owned.machines->capacity == 2);
}

TEST_CASE("the pool is never asked for more than its limit, nor for less than its base") {
  Owned owned{};
  owned.start();
  owned.world.load_rps = 400.0;
  owned.world.run_for(1h);
  CHECK(owned.machines->capacity == 4);
  owned.world.load_rps = 0.0;
  owned.world.run_for(2h);
  CHECK(owned.machines->capacity == 2);
  for (const int machines : owned.machines->asked) {
    CHECK(machines >= 2);
    CHECK(machines <= 4);
  }
}

TEST_CASE("a pool that a person made larger than the limit is left alone") {
  Owned owned{};
  owned.machines->capacity = owned.machines->ready = 9;
  owned.world.load_rps = 120.0;
  owned.start();
  owned.world.run_for(1h);
  CHECK(owned.machines->asked.empty());
  CHECK(owned.world.cloud.names().empty());  // they serve, wished for or not
}

TEST_CASE("a pool that cannot be read is not resized") {
  Owned owned{};
  Controller& controller{owned.start()};
  owned.world.load_rps = 64.0;
  owned.world.run_for(5min);
  owned.machines->outage = Error{Errc::unavailable, "down"};
  owned.world.run_for(1h);
  CHECK(owned.machines->asked.empty());
  CHECK(owned.world.serving() == 8);  // the burst carries on
  CHECK_FALSE(controller.notebook.failed_calls.empty());
}

TEST_CASE("a refused resize is not repeated every tick") {
  Owned owned{};
  owned.machines->refusal = Error{Errc::quota, "Total Regional Cores"};
  owned.start();
  owned.world.load_rps = 64.0;
  owned.world.run_for(1h);
  CHECK(owned.machines->asked.size() <= 60);
  CHECK(owned.world.serving() == 8);
}

TEST_CASE("the status shows the machines that there are and those that are wanted") {
  Owned owned{};
  Controller& controller{owned.start()};
  owned.world.run_for(1min);
  REQUIRE(controller.web().machines.has_value());
  CHECK(controller.web().machines->wanted == 2);
  CHECK(controller.web().machines->base == 2);
  CHECK(controller.web().machines->max == 4);
  CHECK(controller.web().machines->state == VmPoolState{.capacity = 2, .ready = 2});
  owned.machines->outage = Error{Errc::unavailable, "503"};
  owned.world.run_for(2min);
  CHECK_FALSE(controller.web().machines->state.has_value());
}

TEST_CASE("machines are not shrunk before fewer have been wanted for a while") {
  const VmPoolLimits limits{.base = 3, .max = 6, .replicas_per_vm = 4};
  CHECK(machines_for(0, limits) == 3);
  CHECK(machines_for(5, limits) == 5);
  CHECK(machines_for(20, limits) == 6);
  CHECK(machines_for(-4, limits) == 3);
}

TEST_CASE("what the platform moves or takes away is counted, followed and replaced") {
  World world{};
  Controller& controller{world.start()};
  world.load_rps = 48.0;  // 6 replicas: 2 burst
  REQUIRE(world.run_until([&] { return world.serving() == 6; }, 2min));
  const std::string moved{world.cloud.names().at(0)};
  const std::string taken{world.cloud.names().at(1)};
  world.cloud.move(moved);
  world.run_for(1min);
  CHECK(controller.notebook.restarts == std::vector<std::string>{moved + " AddressChanged"});
  CHECK(world.serving() == 6);
  world.cloud.vanish(taken);
  CHECK(world.run_until([&] { return world.cloud.names().size() == 2; }, 1min));
  REQUIRE(controller.notebook.restarts.size() == 2);
  CHECK(controller.notebook.restarts.at(1) == taken + " Vanished");
  CHECK(world.run_until([&] { return world.serving() == 6; }, 2min));
}

TEST_CASE("what was learned about places outlives the controller") {
  World world{};
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::no_capacity, "ServiceUnavailable"};
  const auto two_regions{[](LoopSettings&, Workload& web) {
    Offer west{web.offers.at(0)};
    west.place.region = "westus";
    web.offers.push_back(west);
  }};
  Controller& first{world.start(two_regions)};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  const auto creates{world.cloud.count_calls("create")};
  world.kill(first);
  world.start(two_regions);
  world.load_rps = 48.0;
  REQUIRE(world.run_until([&] { return world.serving() == 6; }, 2min));
  // Not one more try in the region that had no room a minute ago.
  CHECK(world.cloud.count_calls("create") == creates + 1);
}

}  // namespace
}  // namespace spillway::testing::machines_test
