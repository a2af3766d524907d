// Stories of a cluster that is given machines, and of a platform that moves groups.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "policies/cost/rent_or_buy.hpp"
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
  owned.start();
  owned.world.run_for(1h);
  CHECK(owned.machines->asked.empty());
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
