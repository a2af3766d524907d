#include "controller/provider/aci/template_rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "controller/provider/aci/azure_names.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::template_rules_test {
namespace {

using namespace std::chrono_literals;

struct Request {
  ReplicaTemplate replica{};
  GroupSize size{};
  Place place{.subscription = "s", .region = "westeurope"};
};

/// Valid in every respect, with one of everything.
Request usual() {
  Request made{};
  ReplicaTemplate& replica{made.replica};
  replica.image = "registry.example/web:1";
  replica.volumes["scratch"].kind = EmptyDirVolume{};
  replica.volumes["files"].kind = AzureFileVolume{"account", "share", "key", false};
  replica.mounts = {{"scratch", "/scratch", false}};
  Sidecar sidecar{};
  sidecar.name = "shipper";
  sidecar.parts.image = "shipper:1";
  sidecar.ports = {2020};
  replica.sidecars = {sidecar};
  InitContainer init{};
  init.name = "migrate";
  init.parts.image = "migrate:1";
  replica.init_containers = {init};
  return made;
}

std::vector<TemplateFault> faults_of(const Request& request) {
  auto faults = template_faults(request.replica, request.size);
  for (TemplateFault& each : place_faults(request.replica, request.size, request.place)) {
    faults.push_back(std::move(each));
  }
  return faults;
}

TEST_CASE("a template that follows all rules has no fault") {
  for (const TemplateFault& fault : faults_of(usual())) FAIL(sentence_of(fault));
}

TEST_CASE("every rule of the documentation is broken once, and named with its place and a cure") {
  struct Row {
    const char* begins;  // place and first words
    void (*spoil)(Request&);
  };
  using R = Request;
  const Row rows[]{
      {"image: is missing", [](R& r) { r.replica.image.clear(); }},
      {"image: should be REGISTRY", [](R& r) { r.replica.image = "https://x/y"; }},
      {"image: ends with \":\" and no tag", [](R& r) { r.replica.image = "web:"; }},
      {"env.A-B: Azure allows", [](R& r) { r.replica.env["A-B"] = ""; }},
      {"env.A_: Azure allows", [](R& r) { r.replica.env["A_"] = ""; }},
      {"secure_env._A: Azure allows", [](R& r) { r.replica.secure_env["_A"] = ""; }},
      {"secure_env.X: is in \"env\"",
       [](R& r) { r.replica.env["X"] = r.replica.secure_env["X"] = ""; }},
      {"command: begins with an empty",
       [](R& r) {
         r.replica.command = {"", "x"};
       }},
      {"port: Azure Container Instances keeps port 19080", [](R& r) { r.replica.port = 19080; }},
      {"port: Azure Container Instances keeps port 0", [](R& r) { r.replica.port = 0; }},
      {"more_ports.0.port: Azure Container Instances keeps port 50000",
       [](R& r) { r.replica.more_ports = {50000}; }},
      {"more_ports: a group publishes",
       [](R& r) {
         r.replica.more_ports = {8081, 8082, 8083, 8084, 8085};
       }},
      {"sidecars.0.ports.0.port: port 8080 is used twice",
       [](R& r) { r.replica.sidecars[0].ports = {8080}; }},
      {"vcpu: should be above 0", [](R& r) { r.size.vcpu = 0.0; }},
      {"vcpu: should be above 0", [](R& r) { r.size.vcpu = 32.0; }},
      {"vcpu: should be above 0",
       [](R& r) { r.size.vcpu = std::numeric_limits<double>::quiet_NaN(); }},
      {"memory: should be above 0",
       [](R& r) { r.size.memory_gb = std::numeric_limits<double>::infinity(); }},
      {"memory: should be above 0 and at most 180",
       [](R& r) {
         r.replica.sku = GroupSku::confidential;
         r.replica.cce_policy = "x";
         r.size.memory_gb = 200.0;
       }},
      {"vcpu: the sidecars leave nothing", [](R& r) { r.replica.sidecars[0].vcpu = 1.0; }},
      {"memory: the sidecars leave nothing", [](R& r) { r.replica.sidecars[0].memory_gb = 1.5; }},
      {"vcpu_limit: 0.5 should be between", [](R& r) { r.replica.vcpu_limit = 0.5; }},
      {"vcpu_limit: 2 should be between", [](R& r) { r.replica.vcpu_limit = 2.0; }},
      {"memory_limit: 0.5 should be between", [](R& r) { r.replica.memory_limit_gb = 0.5; }},
      {"sidecars.0.name: should be 1 to 63", [](R& r) { r.replica.sidecars[0].name = "a--b"; }},
      {"sidecars.0.name: \"replica\" is the name",
       [](R& r) { r.replica.sidecars[0].name = "replica"; }},
      {"init_containers.0.name: \"shipper\" is the name",
       [](R& r) { r.replica.init_containers[0].name = "shipper"; }},
      {"init_containers.0.image: is missing",
       [](R& r) { r.replica.init_containers[0].parts.image.clear(); }},
      {"sidecars: a group has at most 60",
       [](R& r) {
         r.size = {.vcpu = 31.0, .memory_gb = 100.0};
         for (int i{0}; i < 60; ++i) {
           Sidecar more{r.replica.sidecars[0]};
           more.name = "shipper-" + std::to_string(i);
           more.ports.clear();
           r.replica.sidecars.push_back(more);
         }
       }},
      {"mounts.0.volume: there is no volume", [](R& r) { r.replica.mounts[0].volume = "other"; }},
      {"mounts.0.path: should be an absolute", [](R& r) { r.replica.mounts[0].path = "x"; }},
      {"mounts.1.path: \"/scratch\" is mounted twice",
       [](R& r) {
         r.replica.mounts.push_back({"files", "/scratch", false});
       }},
      {"volumes: a group has at most 20",
       [](R& r) {
         for (int i{0}; i < 20; ++i) r.replica.volumes["volume-" + std::to_string(i)] = {};
       }},
      {"volumes.abc: a volume's name", [](R& r) { r.replica.volumes["abc"] = {}; }},
      {"volumes.files.account: should be 3",
       [](R& r) {
         r.replica.volumes["files"].kind = AzureFileVolume{"A", "share", "k", false};
       }},
      {"volumes.files.key: is missing",
       [](R& r) {
         r.replica.volumes["files"].kind = AzureFileVolume{"account", "share", "", false};
       }},
      {"volumes.files.files: is empty",
       [](R& r) { r.replica.volumes["files"].kind = SecretVolume{}; }},
      {"liveness: has no effect",
       [](R& r) {
         r.replica.restart = RestartPolicy::never;
         r.replica.liveness.emplace();
       }},
      {"readiness.timeout: should be at least 1s",
       [](R& r) { r.replica.readiness.emplace().timeout = 10ms; }},
      {"registry.server: should be a host", [](R& r) { r.replica.registry_server = "https://x/"; }},
      {"registry.identity: a registry is pulled from",
       [](R& r) {
         r.replica.registry_server = "x";
         r.replica.registry_username = "u";
         r.replica.registry_identity =
             "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/"
             "userAssignedIdentities/i";
       }},
      {"registry.identity: should be /subscriptions",
       [](R& r) { r.replica.registry_identity = "puller"; }},
      {"identities.0: should be /subscriptions", [](R& r) { r.replica.identities = {"me"}; }},
      {"subnet_id: should be /subscriptions", [](R& r) { r.replica.subnet_id = "/x"; }},
      {"address: a private address needs",
       [](R& r) { r.replica.address = AddressKind::private_ip; }},
      {"address: a group in a subnet has no public",
       [](R& r) {
         r.replica.address = AddressKind::public_ip;
         r.replica.subnet_id =
             "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/"
             "subnets/n";
       }},
      {"dns_label: should be 1 to 52", [](R& r) { r.replica.dns_label = "1shop"; }},
      {"dns_label: a DNS label needs a public",
       [](R& r) {
         r.replica.dns_label = "shop";
         r.replica.address = AddressKind::none;
       }},
      {"dns_reuse: needs \"dns_label\"", [](R& r) { r.replica.dns_reuse = DnsReuse::noreuse; }},
      {"gpus: Azure retired GPU", [](R& r) { r.replica.gpus = 1; }},
      {"cce_policy: is required", [](R& r) { r.replica.sku = GroupSku::confidential; }},
      {"cce_policy: needs \"sku", [](R& r) { r.replica.cce_policy = "x"; }},
      {"log_analytics: workspace_id and", [](R& r) { r.replica.log_workspace_id = "x"; }},
      {"tags.azure-x: a tag's name", [](R& r) { r.replica.tags["azure-x"] = ""; }},
      {"tags.spillway-owner: a tag's name", [](R& r) { r.replica.tags["spillway-owner"] = ""; }},
      {"tags.team: a tag's value", [](R& r) { r.replica.tags["team"] = std::string(257, 'x'); }},
      {"tags.team: is there twice",
       [](R& r) { r.replica.tags["team"] = r.replica.tags["TEAM"] = ""; }},
      {"tags: a group has at most 50",
       [](R& r) {
         for (int i{0}; i < 46; ++i) r.replica.tags["t" + std::to_string(i)] = "";
       }},
      {"there is no Spot in eastus",
       [](R& r) { r.place = {.region = "East US", .priority = Priority::spot}; }},
      {"a Spot group cannot have a zone",
       [](R& r) { r.place.priority = Priority::spot, r.place.zone = "1"; }},
      {"vcpu: a Spot group has at most",
       [](R& r) { r.place.priority = Priority::spot, r.size.vcpu = 8.0; }},
      {"memory: a Spot group has at most",
       [](R& r) { r.place.priority = Priority::spot, r.size.memory_gb = 17.0; }},
      {"address: a Spot group has no address",
       [](R& r) { r.place.priority = Priority::spot, r.replica.address = AddressKind::public_ip; }},
      {"sku: a Spot group cannot be confidential",
       [](R& r) {
         r.place.priority = Priority::spot;
         r.replica.sku = GroupSku::confidential;
         r.replica.cce_policy = "x";
       }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.begins);
    Request request{usual()};
    row.spoil(request);
    const auto faults = faults_of(request);
    std::string all{};
    for (const TemplateFault& fault : faults) all += sentence_of(fault) + "\n";
    CAPTURE(all);
    CHECK(std::any_of(faults.begin(), faults.end(), [&](const TemplateFault& fault) {
      return sentence_of(fault).starts_with(row.begins);
    }));
    CHECK(faults.size() <= 2);  // one mistake is not blamed on everything around it
  }
}

TEST_CASE("a resource id is told apart from what only looks like one") {
  constexpr std::string_view type{"Microsoft.Network/virtualNetworks/subnets"};
  CHECK(is_resource_id(
      "/SUBSCRIPTIONS/s/resourcegroups/g/Providers/microsoft.network/virtualnetworks/v/subnets/n",
      type));
  for (const char* id :
       {"", "/", "subscriptions/s", "/subscriptions/s/resourceGroups/g",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v",
        "/subscriptions//resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualNetworks/v/subnets/n",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/"
        "n/x/y"}) {
    CAPTURE(id);
    CHECK(!is_resource_id(id, type));
  }
}

}  // namespace
}  // namespace spillway::aci::template_rules_test
