#include "controller/provider/aci/group_body.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <limits>

#include "tests/support/printing.hpp"

namespace spillway::aci::group_body_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* subnet{
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/b"};
constexpr const char* puller{
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/"
    "userAssignedIdentities/puller"};

GroupRequest usual_request() {
  GroupRequest request{};
  request.id.name = "spillway-web-1";
  request.place.region = "eastus";
  request.size = GroupSize{.vcpu = 1.0, .memory_gb = 1.5, .replicas = Replicas{2}};
  request.replica.image = "registry.example/web:1";
  request.replica.command = {"/web", "--port", "8080"};
  request.replica.env = {{"MODE", "burst"}};
  request.replica.secure_env = {{"TOKEN", "hidden"}};
  request.replica.port = 8080;
  request.replica.registry_server = "registry.example";
  request.replica.registry_username = "puller";
  request.replica.registry_password = "password";
  request.tags = OwnerTags{.owner = "spillway-prod",
                           .workload = "web",
                           .template_hash = "0123456789abcdef",
                           .created_at = TimePoint{1'790'000'000s}};
  return request;
}

json::object body_of(const GroupRequest& request) {
  return json::parse(group_body(request)).as_object();
}

TEST_CASE("a create body says what, where, whose, and keeps secrets write-only") {
  const json::object expected = json::parse(R"({
    "location": "eastus",
    "tags": {"spillway-owner": "spillway-prod", "spillway-workload": "web",
             "spillway-template": "0123456789abcdef",
             "spillway-intent-at": "2026-09-21T14:13:20.000Z", "spillway-replicas": "2"},
    "properties": {
      "sku": "Standard", "osType": "Linux", "restartPolicy": "Always",
      "containers": [{"name": "replica", "properties": {
        "image": "registry.example/web:1",
        "environmentVariables": [{"name": "MODE", "value": "burst"},
                                 {"name": "TOKEN", "secureValue": "hidden"}],
        "resources": {"requests": {"cpu": 1.0, "memoryInGB": 1.5}},
        "command": ["/web", "--port", "8080"],
        "ports": [{"port": 8080, "protocol": "TCP"}]}}],
      "ipAddress": {"type": "Public", "ports": [{"port": 8080, "protocol": "TCP"}]},
      "imageRegistryCredentials": [{"server": "registry.example", "username": "puller",
                                    "password": "password"}]}})")
                                    .as_object();
  CHECK(json::serialize(body_of(usual_request())) == json::serialize(expected));
}

TEST_CASE("the same request gives the same bytes") {
  CHECK(group_body(usual_request()) == group_body(usual_request()));
}

TEST_CASE("a subnet makes the address private, a zone is named, spot has no address") {
  GroupRequest request{usual_request()};
  request.replica.subnet_id = subnet;
  request.place.zone = "2";
  const json::object in_subnet{body_of(request)};
  const json::object& properties{in_subnet.at("properties").as_object()};
  CHECK(properties.at("ipAddress").at("type") == "Private");
  CHECK(properties.at("subnetIds").at(0).at("id") == subnet);
  CHECK(in_subnet.at("zones").at(0) == "2");

  GroupRequest spot{usual_request()};
  spot.place.priority = Priority::spot;
  const json::object spot_body{body_of(spot)};
  CHECK(spot_body.at("properties").at("priority") == "Spot");
  CHECK(!spot_body.at("properties").as_object().contains("ipAddress"));
}

/// A request with everything that a container group can have.
GroupRequest full_request() {
  GroupRequest request{usual_request()};
  ReplicaTemplate& replica{request.replica};
  replica.registry_username.clear();
  replica.registry_password.clear();
  replica.registry_identity = puller;
  replica.more_ports = {9102};
  replica.vcpu_limit = 1.0;
  replica.volumes["scratch"].kind = EmptyDirVolume{};
  replica.volumes["certs"].kind = SecretVolume{{{"key.pem", "any?"}}};
  replica.volumes["files"].kind = AzureFileVolume{"account", "share", "key", true};
  replica.mounts = {{"scratch", "/tmp/x", false}, {"certs", "/certs", true}};
  ContainerProbe liveness{};
  liveness.command = {"cat", "/tmp/healthy"};
  replica.liveness = liveness;
  ContainerProbe readiness{};
  readiness.path = "/ready";
  readiness.headers = {{"X-From", "azure"}};
  readiness.period = 1500ms;
  replica.readiness = readiness;
  Sidecar sidecar{};
  sidecar.name = "log-shipper";
  sidecar.parts.image = "shipper:1";
  sidecar.parts.secure_env = {{"KEY", "hidden"}};
  sidecar.vcpu = 0.1;
  sidecar.memory_gb = 0.3;
  sidecar.ports = {2020};
  replica.sidecars = {sidecar};
  InitContainer init{};
  init.name = "migrate";
  init.parts.image = "migrate:1";
  init.parts.command = {"/migrate"};
  replica.init_containers = {init};
  replica.restart = RestartPolicy::on_failure;
  replica.dns_label = "shop";
  replica.dns_reuse = DnsReuse::tenant;
  replica.has_system_identity = true;
  replica.log_workspace_id = "workspace";
  replica.log_workspace_key = "log key";
  replica.tags = {{"team", "shop"}, {"SPILLWAY-OWNER", "thief"}};
  return request;
}

TEST_CASE("everything that a container group can have is written as the API describes it") {
  const json::object body{body_of(full_request())};
  const json::object& properties{body.at("properties").as_object()};
  const auto is = [](const json::value& value, const char* expected) {
    CHECK(json::serialize(value) == json::serialize(json::parse(expected)));
  };
  const json::object& main{properties.at("containers").at(0).at("properties").as_object()};
  is(main.at("resources"), R"({"requests": {"cpu": 0.9, "memoryInGB": 1.2},
                               "limits": {"cpu": 1.0, "memoryInGB": 1.5}})");
  is(main.at("ports"), R"([{"port": 8080, "protocol": "TCP"}, {"port": 9102, "protocol": "TCP"}])");
  is(main.at("volumeMounts"), R"([{"name": "scratch", "mountPath": "/tmp/x"},
                                  {"name": "certs", "mountPath": "/certs", "readOnly": true}])");
  is(main.at("livenessProbe"), R"({"exec": {"command": ["cat", "/tmp/healthy"]},
      "initialDelaySeconds": 0, "periodSeconds": 10, "timeoutSeconds": 1,
      "failureThreshold": 3, "successThreshold": 1})");
  is(main.at("readinessProbe"), R"({"httpGet": {"path": "/ready", "port": 8080, "scheme": "http",
      "httpHeaders": [{"name": "X-From", "value": "azure"}]},
      "initialDelaySeconds": 0, "periodSeconds": 2, "timeoutSeconds": 1,
      "failureThreshold": 3, "successThreshold": 1})");
  is(properties.at("containers").at(1), R"({"name": "log-shipper", "properties": {
      "image": "shipper:1", "environmentVariables": [{"name": "KEY", "secureValue": "hidden"}],
      "resources": {"requests": {"cpu": 0.1, "memoryInGB": 0.3}},
      "ports": [{"port": 2020, "protocol": "TCP"}]}})");
  is(properties.at("initContainers"), R"([{"name": "migrate", "properties": {
      "image": "migrate:1", "environmentVariables": [], "command": ["/migrate"]}}])");
  is(properties.at("volumes"), R"([
      {"name": "certs", "secret": {"key.pem": "YW55Pw=="}},
      {"name": "files", "azureFile": {"shareName": "share", "readOnly": true,
        "storageAccountName": "account", "storageAccountKey": "key"}},
      {"name": "scratch", "emptyDir": {}}])");
  is(properties.at("imageRegistryCredentials"),
     (R"([{"server": "registry.example", "identity": ")" + std::string{puller} + R"("}])").c_str());
  is(body.at("identity"), (R"({"type": "SystemAssigned, UserAssigned",
      "userAssignedIdentities": {")" +
                           std::string{puller} + R"(": {}}})")
                              .c_str());
  is(properties.at("diagnostics"), R"({"logAnalytics": {"workspaceId": "workspace",
      "workspaceKey": "log key", "logType": "ContainerInstanceLogs"}})");
  CHECK(properties.at("restartPolicy") == "OnFailure");
  CHECK(properties.at("ipAddress").at("autoGeneratedDomainNameLabelScope") == "TenantReuse");
  CHECK(body.at("tags").at("spillway-owner") == "spillway-prod");
  CHECK(body.at("tags").at("team") == "shop");
}

TEST_CASE("each group of a template has a DNS label of its own, the same one on a repeat") {
  const GroupId first{"web-19abc-1"};
  const GroupId second{"web-19abc-2"};
  CHECK(dns_label_of("shop", first) == dns_label_of("shop", first));
  CHECK(dns_label_of("shop", first) != dns_label_of("shop", second));
  CHECK(dns_label_of(std::string(52, 'a'), first).size() == 63);
}

TEST_CASE("a confidential group names its policy, a worker without an address has none") {
  GroupRequest request{usual_request()};
  request.replica.sku = GroupSku::confidential;
  request.replica.cce_policy = "cGFja2FnZQ==";
  request.replica.address = AddressKind::none;
  const json::object body{body_of(request)};
  const json::object& properties{body.at("properties").as_object()};
  CHECK(properties.at("sku") == "Confidential");
  CHECK(properties.at("confidentialComputeProperties").at("ccePolicy") == "cGFja2FnZQ==");
  CHECK(!properties.contains("ipAddress"));
}

TEST_CASE("what Azure always refuses is found before it is sent") {
  CHECK(check_request(usual_request()));
  struct Row {
    const char* name;
    void (*spoil)(GroupRequest&);
  };
  const Row rows[]{
      {"empty name", [](GroupRequest& r) { r.id.name = ""; }},
      {"upper case", [](GroupRequest& r) { r.id.name = "Web"; }},
      {"hyphen last", [](GroupRequest& r) { r.id.name = "web-"; }},
      {"double hyphen", [](GroupRequest& r) { r.id.name = "web--1"; }},
      {"slash", [](GroupRequest& r) { r.id.name = "web/1"; }},
      {"long name", [](GroupRequest& r) { r.id.name = std::string(64, 'a'); }},
      {"no region", [](GroupRequest& r) { r.place.region = ""; }},
      {"no image", [](GroupRequest& r) { r.replica.image = ""; }},
      {"no cpu", [](GroupRequest& r) { r.size.vcpu = 0.0; }},
      {"cpu is not a number",
       [](GroupRequest& r) { r.size.vcpu = std::numeric_limits<double>::quiet_NaN(); }},
      {"endless memory",
       [](GroupRequest& r) { r.size.memory_gb = std::numeric_limits<double>::infinity(); }},
      {"port 0", [](GroupRequest& r) { r.replica.port = 0; }},
      {"reserved port", [](GroupRequest& r) { r.replica.port = 19080; }},
      {"variable name", [](GroupRequest& r) { r.replica.env["A-B"] = ""; }},
      {"secret's name", [](GroupRequest& r) { r.replica.secure_env["_A"] = ""; }},
      {"no owner", [](GroupRequest& r) { r.tags.owner = ""; }},
      {"long workload", [](GroupRequest& r) { r.tags.workload = std::string(257, 'w'); }},
      {"spot in a zone",
       [](GroupRequest& r) {
         r.place.priority = Priority::spot;
         r.place.zone = "1";
       }},
      {"spot in a subnet",
       [](GroupRequest& r) {
         r.place.priority = Priority::spot;
         r.replica.subnet_id = "/x";
       }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    GroupRequest request{usual_request()};
    row.spoil(request);
    const Result<void> checked{check_request(request)};
    REQUIRE(!checked);
    CHECK(checked.error().code == Errc::bad_request);
  }
}

}  // namespace
}  // namespace spillway::aci::group_body_test
