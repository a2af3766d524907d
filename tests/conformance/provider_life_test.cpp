// A whole life of container groups as Spillway's own client lives it, against the emulator, with
// every exchange recorded in the file that SPILLWAY_TRAFFIC names: what the official validator
// reads afterwards (run.mjs). The assertions only make sure that the traffic is worth validating.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "controller/core/replica_template.hpp"
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

/// A group with everything that the settings can ask for: what the plain ones leave out.
ReplicaTemplate rich_template() {
  ReplicaTemplate replica{};
  replica.image = "demo/web:1";
  replica.command = {"/web"};
  replica.env = {{"MODE", "burst"}};
  replica.secure_env = {{"TOKEN", "hidden"}};
  replica.registry_server = "registry.example";
  replica.registry_username = "puller";
  replica.registry_password = "password";
  replica.more_ports = {9102};
  replica.vcpu_limit = 1.5;
  replica.memory_limit_gb = 2.0;
  replica.volumes["scratch"].kind = EmptyDirVolume{};
  replica.volumes["certs"].kind = SecretVolume{{{"key.pem", "any?"}}};
  replica.volumes["files"].kind = AzureFileVolume{"account", "share", "key", true};
  replica.mounts = {{"scratch", "/tmp/x", false}, {"certs", "/certs", true}, {"files", "/f", true}};
  ContainerProbe liveness{};
  liveness.command = {"cat", "/tmp/healthy"};
  replica.liveness = liveness;
  ContainerProbe readiness{};
  readiness.path = "/ready";
  readiness.headers = {{"X-From", "azure"}};
  replica.readiness = readiness;
  Sidecar proxy{};
  proxy.name = "proxy";
  proxy.parts.image = "demo/proxy:1";
  proxy.parts.mounts = {{"scratch", "/shared", false}};
  proxy.vcpu = 0.1;
  proxy.memory_gb = 0.2;
  proxy.ports = {9000};
  replica.sidecars.push_back(proxy);
  InitContainer init{};
  init.name = "fetch";
  init.parts.image = "demo/fetch:1";
  init.parts.env = {{"FROM", "somewhere"}};
  init.parts.mounts = {{"scratch", "/out", false}};
  replica.init_containers.push_back(init);
  replica.tags = {{"team", "blue"}};
  replica.log_workspace_id = "00000000-0000-0000-0000-000000000001";
  replica.log_workspace_key = "a2V5";
  return replica;
}

/// Everything a template may have, each kind of group, and a standby pool from its making to its
/// end, with a member taken from it.
void live_richly(AciBench& bench) {
  GroupRequest rich{bench.usual_request("rich-1")};
  rich.replica = rich_template();
  rich.replica.dns_label = "rich";
  rich.replica.dns_reuse = DnsReuse::tenant;
  rich.replica.has_system_identity = true;
  rich.replica.identities = {
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/"
      "Microsoft.ManagedIdentity/userAssignedIdentities/me"};
  rich.size = {.vcpu = 1.5, .memory_gb = 2.0};
  rich.place.zone = "1";
  REQUIRE(bench.create(rich));

  GroupRequest spot{bench.usual_request("spot-1")};
  spot.place.region = "westeurope";
  spot.place.priority = Priority::spot;
  spot.replica.restart = RestartPolicy::on_failure;
  REQUIRE(bench.create(spot));

  GroupRequest confidential{bench.usual_request("secret-1")};
  confidential.replica.sku = GroupSku::confidential;
  confidential.replica.cce_policy = "cGFja2FnZSBwb2xpY3k=";
  REQUIRE(bench.create(confidential));

  GroupRequest inside{bench.usual_request("inside-1")};
  inside.replica.subnet_id =
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/"
      "Microsoft.Network/virtualNetworks/v/subnets/s";
  REQUIRE(bench.create(inside));
  bench.pass(3min);
  for (const char* name : {"rich-1", "spot-1", "secret-1", "inside-1"}) {
    CAPTURE(name);
    const auto seen = bench.get(name);
    REQUIRE(seen);
    CHECK(seen->provisioning == Provisioning::succeeded);
  }

  const GroupRequest member{bench.usual_request("warm-1")};
  StandbyOrder order{};
  order.workload = member.tags.workload;
  order.place = member.place;
  order.size = {.vcpu = 1.5, .memory_gb = 2.0};
  order.replica = rich_template();
  order.template_hash = template_hash(order.replica);
  order.ready = 2;
  const auto keep = [&] {
    return bench.run(bench.connection.standby->keep(order, bench.in_a_minute()));
  };
  REQUIRE(keep());
  bench.pass(3min);
  REQUIRE(keep()->running == 2);
  GroupRequest warm{member};
  warm.size = order.size;
  warm.replica = order.replica;
  warm.tags.template_hash = order.template_hash;
  REQUIRE(bench.create(warm));
  bench.pass(5s);
  CHECK(bench.get("warm-1")->is_warm);
  order.ready = 1;
  REQUIRE(keep());
  order.ready = 0;
  REQUIRE(keep());
  bench.pass(3min);
  REQUIRE(bench.run(bench.connection.standby->remove_others({}, bench.in_a_minute())));

  for (const char* name : {"rich-1", "spot-1", "secret-1", "inside-1", "warm-1"}) {
    CHECK(bench.remove(name));
  }
  bench.pass(1min);
}

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

  live_richly(bench);

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
