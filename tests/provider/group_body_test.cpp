#include "controller/provider/aci/group_body.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <limits>

#include "tests/support/printing.hpp"

namespace spillway::aci {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

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
  request.replica.subnet_id = "/subscriptions/s/subnets/burst";
  request.place.zone = "2";
  const json::object in_subnet{body_of(request)};
  const json::object& properties{in_subnet.at("properties").as_object()};
  CHECK(properties.at("ipAddress").at("type") == "Private");
  CHECK(properties.at("subnetIds").at(0).at("id") == "/subscriptions/s/subnets/burst");
  CHECK(in_subnet.at("zones").at(0) == "2");

  GroupRequest spot{usual_request()};
  spot.place.priority = Priority::spot;
  const json::object spot_body{body_of(spot)};
  CHECK(spot_body.at("properties").at("priority") == "Spot");
  CHECK(!spot_body.at("properties").as_object().contains("ipAddress"));
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
}  // namespace spillway::aci
