// A burst that lasts moves onto machines of a real scale set adapter and back: the whole loop in
// virtual time, its wish for machines as HTTP to the emulator.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/provider/scale_set/scale_set.hpp"
#include "policies/cost/rent_or_buy.hpp"
#include "tests/contract/provider/aci_bench.hpp"
#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

namespace spillway::testing::handover_over_emulator_test {
namespace {

using namespace std::chrono_literals;

const std::string subscription{"00000000-0000-0000-0000-000000000000"};
const std::string set_path{"/subscriptions/" + subscription +
                           "/resourceGroups/spillway/providers/"
                           "Microsoft.Compute/virtualMachineScaleSets/vms"};

/// The scale set adapter over the emulator. The emulator has an io_context and a clock of its own,
/// which follow those of the world whenever somebody asks.
class EmulatedMachines final : public MachinePool {
 public:
  EmulatedMachines(io::Clock& clock, int machines) : clock_{clock}, seen_at_{clock.now()} {
    const json::object set{{"location", "eastus"},
                           {"sku", {{"name", "Standard_D4s_v5"}, {"capacity", machines}}},
                           {"tags", {{"team", "blue"}}},
                           {"properties", {{"upgradePolicy", {{"mode", "Manual"}}}}}};
    shown("PUT", "", json::serialize(set));
    bench.pass(1h);
  }

  asio::awaitable<Result<VmPoolState>> observe(io::Deadline) override {
    follow();
    co_return bench.run(set_.observe(bench.in_a_minute()));
  }

  asio::awaitable<Result<void>> resize(int machines, io::Deadline) override {
    follow();
    asked.push_back(machines);
    co_return bench.run(set_.resize(machines, bench.in_a_minute()));
  }

  // As the cloud shows it, behind the adapter's back.

  json::object shown() { return shown("GET", ""); }
  int capacity() { return shown().at("sku").at("capacity").to_number<int>(); }
  int running() {
    const json::object view{shown("GET", "/instanceView")};
    int count{0};
    for (const json::value& each : view.at("virtualMachine").at("statusesSummary").as_array()) {
      const bool runs{each.at("code").as_string() == "ProvisioningState/succeeded"};
      count += runs ? each.at("count").to_number<int>() : 0;
    }
    return count;
  }

 private:
  json::object shown(std::string method, std::string end, std::string body = {}) {
    follow();
    aci::ArmRequest request{};
    request.method = std::move(method);
    request.path = set_path + end;
    request.api_version = "2024-07-01";
    request.body = std::move(body);
    const auto answer{
        bench.run(bench.connection.arm->send(std::move(request), bench.in_a_minute()))};
    REQUIRE(answer);
    return json::parse(answer->body).as_object();
  }

  void follow() {
    bench.pass(clock_.now() - seen_at_);
    seen_at_ = clock_.now();
  }

  io::Clock& clock_;
  TimePoint seen_at_;

 public:
  AciBench bench{[](emulator::EmulatorOptions& options, aci::AciSettings&) {
    options.vm_start = 15min;  // long after a burst that is not needed has gone
  }};
  std::vector<int> asked{};

 private:
  scale_set::ScaleSet set_{
      *bench.connection.arm,
      {.name = "vms", .subscription = subscription, .resource_group = "spillway"}};
};

struct Owned {
  World world{};
  std::shared_ptr<EmulatedMachines> machines{std::make_shared<EmulatedMachines>(world.clock, 2)};

  Controller& start() {
    return world.start([this](LoopSettings&, Workload& web) {
      web.machines = machines;
      web.machine_limits = {.base = 2, .max = 4, .replicas_per_vm = 4, .scale_in_after = 10min};
      web.decision.policies.push_back(std::make_unique<RentOrBuy>(RentOrBuySettings{
          .vm_price = HourlyPrice{usd(0.192)}, .replicas_per_vm = 4, .vm_start = 15min}));
    });
  }

  /// Replicas on the cluster, in the burst provider, and on machines that run beyond the two.
  int serving() { return world.serving() + 4 * (machines->running() - 2); }
};

TEST_CASE("a burst that lasts moves onto a scale set over HTTP and back, never short of capacity") {
  Owned owned{};
  World& world{owned.world};
  Controller& spillway{owned.start()};
  world.load_rps = 64.0;  // 8 replicas on 4: an overflow of one machine
  REQUIRE(world.run_until([&] { return world.serving() == 8; }, 2min));
  int short_of{0};
  const auto live_for{[&](Duration duration) {
    const TimePoint end{world.clock.now() + duration};
    while (world.clock.now() < end) {
      world.run_for(5s);
      short_of += owned.serving() * replica_capacity_rps < world.load_rps ? 1 : 0;
    }
  }};
  live_for(2h);
  CHECK(owned.machines->capacity() == 3);
  CHECK(owned.machines->running() == 3);
  CHECK(world.cloud.names().empty());
  CHECK(spillway.web().snapshot.fleet.vms.ready == 4_replicas);
  world.load_rps = 20.0;
  live_for(2h);
  CHECK(owned.machines->capacity() == 2);
  CHECK(world.cloud.names().empty());
  CHECK(owned.machines->asked == std::vector<int>{3, 2});
  CHECK(short_of == 0);
  // Nothing else of the set was touched.
  const json::object shown{owned.machines->shown()};
  CHECK(shown.at("tags").at("team") == "blue");
  CHECK(shown.at("sku").at("name") == "Standard_D4s_v5");
}

TEST_CASE("a scale set that refuses to grow leaves the burst where it is, and is asked again") {
  Owned owned{};
  World& world{owned.world};
  owned.machines->bench.cloud->add_fault({{"method", "PATCH"},
                                          {"fault", "error"},
                                          {"status", 409},
                                          {"code", "OperationNotAllowed"},
                                          {"message", "exceeding approved Total Regional Cores"},
                                          {"count", 1}});
  Controller& spillway{owned.start()};
  world.load_rps = 64.0;
  REQUIRE(world.run_until([&] { return !owned.machines->asked.empty(); }, 2h));
  world.run_for(30s);
  CHECK(owned.machines->capacity() == 2);
  CHECK(world.serving() == 8);
  CHECK(std::ranges::any_of(spillway.notebook.failed_calls, [](const std::string& call) {
    return call.starts_with("resize machines of web");
  }));
  CHECK(world.run_until([&] { return owned.machines->running() == 3; }, 1h));
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 10min));
}

}  // namespace
}  // namespace spillway::testing::handover_over_emulator_test
