// A whole life of container groups as Spillway's own client lives it, against the emulator, with
// every exchange recorded in the file that SPILLWAY_TRAFFIC names: what the official validator
// reads afterwards (run.mjs). The assertions only make sure that the traffic is worth validating.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "tests/contract/provider/aci_bench.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing {
namespace {

using namespace std::chrono_literals;

class Life {
 public:
  Life()
      : bench{[](emulator::EmulatorOptions& options, aci::AciSettings& settings) {
          const char* const path{std::getenv("SPILLWAY_TRAFFIC")};
          if (path != nullptr) options.record_file = path;
          resource_group = "/subscriptions/" + settings.subscription + "/resourceGroups/" +
                           settings.resource_group;
        }} {}

  /// What our ARM client can ask beyond the provider contract. True if Azure said yes.
  bool ask(std::string method, std::string group_and_verb, std::string body = {}) {
    aci::ArmRequest request{};
    request.method = std::move(method);
    request.path = resource_group + "/providers/Microsoft.ContainerInstance/containerGroups/" +
                   std::move(group_and_verb);
    request.body = std::move(body);
    return static_cast<bool>(bench.run(bench.connection.arm->send(request, bench.in_a_minute())));
  }

  static inline std::string resource_group{};
  AciBench bench;
};

TEST_CASE("a full life of container groups, and every refusal on the way, is recorded") {
  Life life{};
  AciBench& bench{life.bench};

  CHECK(bench.run(bench.provider().usages({.region = "eastus"}, bench.in_a_minute())));
  for (const char* name : {"web-1", "web-2", "web-3", "web-4"}) REQUIRE(bench.create(name));
  CHECK(bench.create("web-1"));  // once more, while it is being created
  CHECK(bench.get("web-1"));
  bench.pass(2min);
  const auto running = bench.get("web-1");
  REQUIRE(running);
  CHECK(running->running == Running::running);
  const auto listed = bench.list();  // pages of three
  REQUIRE(listed);
  CHECK(listed->size() == 4);
  CHECK(bench.run(bench.provider().logs({"web-1"}, 10, bench.in_a_minute())));

  bench.add_foreign("other-1", "somebody-else");
  CHECK(life.ask("PATCH", "other-1", R"({"tags": {"team": "blue"}})"));
  CHECK(life.ask("DELETE", "other-1"));
  CHECK(life.ask("POST", "web-2/restart"));
  CHECK_FALSE(life.ask("POST", "web-2/stop"));  // still restarting
  bench.pass(2min);
  CHECK(life.ask("POST", "web-2/stop"));
  CHECK(bench.get("web-2"));
  CHECK(life.ask("POST", "web-2/start"));
  bench.pass(2min);
  bench.move("web-3");
  CHECK(bench.get("web-3"));

  for (const Errc kind : {Errc::no_capacity, Errc::quota, Errc::registry, Errc::transitioning,
                          Errc::bad_request, Errc::denied, Errc::unavailable}) {
    bench.refuse_next_create(kind);
    CHECK_FALSE(bench.create("refused-1"));
  }
  bench.throttle_next_create(7s);
  CHECK_FALSE(bench.create("refused-1"));
  bench.pass(1min);
  bench.fail_next_start();
  REQUIRE(bench.create("failing-1"));
  bench.pass(2min);
  CHECK(bench.get("failing-1")->provisioning == Provisioning::failed);
  CHECK(bench.get("not-there").error().code == Errc::not_found);

  for (const char* name : {"web-1", "web-2", "web-3", "web-4", "failing-1"}) {
    CHECK(bench.remove(name));
    CHECK(bench.get(name));  // on its way out
  }
  bench.pass(1min);
  CHECK(bench.remove("web-1").error().code == Errc::not_found);
  CHECK(bench.names().empty());
}

}  // namespace
}  // namespace spillway::testing
