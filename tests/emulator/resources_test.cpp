// Resource groups and resources as the resource manager shows them, and what moves by itself.
#include <doctest/doctest.h>

#include <string>

#include "tests/emulator/around.hpp"

namespace spillway::emulator::resources_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace around;

TEST_CASE("a resource group goes with everything in it, and can be polled on its way") {
  Harness cloud;
  cloud.start("web-1");
  REQUIRE(send(cloud, "PUT", profile_path("/web"), small_profile()) == "201");
  REQUIRE(send(cloud, "PUT", pool_path("/warm"), small_pool(1)) == "201");
  const Response gone{cloud.send("DELETE", place + "?api-version=2021-04-01")};
  CHECK(gone.status == 202);
  const std::string poll{target_of(header_of(gone, "Location"))};
  CHECK(cloud.send("GET", poll).status == 202);
  CHECK(text_at(cloud.send("GET", place + "?api-version=2021-04-01"),
                "/properties/provisioningState") == "Deleting");
  CHECK(code_of(cloud.put("web-2")) == "ResourceGroupBeingDeleted");
  cloud.now += 10s;
  CHECK(cloud.send("GET", poll).status == 200);
  CHECK(code_of(cloud.get("web-1")) == "ResourceGroupNotFound");
  CHECK(cloud.send("HEAD", place + "?api-version=2021-04-01").status == 404);
  CHECK(send(cloud, "PUT", place + "?api-version=2021-04-01", {{"location", "eastus"}}) == "201");
  CHECK(json_of(cloud.send("GET", pool_path(""))).at("value").as_array().empty());
}

TEST_CASE("HEAD tells whether something is there, without a body") {
  Harness cloud;
  cloud.start("web-1");
  const Response there{cloud.send("HEAD", Harness::path("/web-1"))};
  CHECK(there.status == 204);
  CHECK(there.body.empty());
  CHECK(cloud.send("HEAD", Harness::path("/web-2")).status == 404);
}

TEST_CASE("resources are listed by type and by tag") {
  Harness cloud;
  cloud.start("web-1");
  REQUIRE(send(cloud, "PUT", profile_path("/web"), small_profile()) == "201");
  const auto names{[&](const std::string& filter) {
    const json::value list(
        json_of(cloud.send("GET", place + "/resources?api-version=2021-04-01&$filter=" + filter)));
    std::string found;
    for (const json::value& row : list.at("value").as_array()) {
      found += std::string{row.at("name").as_string()} + " ";
    }
    return found;
  }};
  CHECK(names("") == "web web-1 ");
  CHECK(names("resourceType%20eq%20'Microsoft.ContainerInstance/containerGroups'") == "web-1 ");
  CHECK(names("resourceGroup%20eq%20'SPILLWAY'") == "web web-1 ");
  CHECK(names("resourceGroup%20eq%20'other'").empty());
  CHECK(names("tagName%20eq%20'team'%20and%20tagValue%20eq%20'blue'") == "web ");
}

TEST_CASE("the list of resources tells age and state where $expand asks for them") {
  Harness cloud;
  cloud.start("web-1");
  const std::string list{place + "/resources?api-version=2021-04-01"};
  CHECK(cloud.send("GET", list).body.find("createdTime") == std::string::npos);
  const Response expanded{cloud.send("GET", list + "&$expand=createdTime,provisioningState")};
  CHECK(text_at(expanded, "/value/0/provisioningState") == "Succeeded");
  CHECK(text_at(expanded, "/value/0/createdTime").ends_with("Z"));
}

TEST_CASE("regions carry the names that people read") {
  Harness cloud;
  const Response regions{cloud.send(
      "GET",
      "/subscriptions/00000000-0000-0000-0000-000000000000/locations?api-version=2022-12-01")};
  CHECK(text_at(regions, "/value/0/name") == "eastus");
  CHECK(text_at(regions, "/value/0/displayName") == "East US");
  CHECK(text_at(regions, "/value/0/regionalDisplayName") == "(US) East US");
}

TEST_CASE("tags are read and changed by the id of what they are on") {
  Harness cloud;
  cloud.start("web-1");
  const std::string tags{place +
                         "/providers/Microsoft.ContainerInstance//containerGroups/web-1/providers/"
                         "Microsoft.Resources/tags/default?api-version=2021-04-01"};
  const auto patch{[&](std::string_view operation, const json::value& sent) {
    return json::serialize(
        json_of(cloud.send("PATCH", tags,
                           json::serialize(json::value{{"operation", operation},
                                                       {"properties", {{"tags", sent}}}})))
            .at_pointer("/properties/tags"));
  }};
  CHECK(patch("Merge", {{"team", "blue"}}) == R"({"spillway-owner":"test","team":"blue"})");
  CHECK(patch("Delete", {{"SPILLWAY-owner", "test"}}) == R"({"team":"blue"})");
  CHECK(patch("Replace", {{"a", "b"}}) == R"({"a":"b"})");
  CHECK(text_at(cloud.get("web-1"), "/tags/a") == "b");
  CHECK(cloud.send("PATCH", tags, R"({"operation":"Burn","properties":{"tags":{}}})").status ==
        400);
  CHECK(cloud.send("DELETE", tags).status == 200);
  CHECK(cloud.send("GET", tags).body.find("\"tags\":{}") != std::string::npos);
  const std::string group_tags{
      place + "/providers/Microsoft.Resources/tags/default?api-version=2021-04-01"};
  CHECK(cloud.send("PUT", group_tags, R"({"properties":{"tags":{"x":"y"}}})").status == 200);
  CHECK(text_at(cloud.send("GET", place + "?api-version=2021-04-01"), "/tags/x") == "y");
}

TEST_CASE("a provider tells its newest version first, and takes every registration") {
  Harness cloud;
  const Response provider{cloud.send(
      "GET", subscription + "/providers/microsoft.containerinstance?api-version=2021-04-01")};
  CHECK(text_at(provider, "/resourceTypes/0/apiVersions/0") == "2026-05-01");
  CHECK(text_at(provider, "/registrationState") == "Registered");
  CHECK(cloud
            .send("POST",
                  subscription + "/providers/Microsoft.Whatever/register?api-version=2021-04-01")
            .status == 200);
}

TEST_CASE("slow creates and deletes take as much longer as they are told to") {
  Harness cloud;
  cloud.admin("faults", {{"fault", "slow_create"}, {"seconds", 300}});
  cloud.start("web-1");
  CHECK(cloud.state("web-1") == "Pending/Pending");
  cloud.now += 5min;
  CHECK(cloud.state("web-1") == "Succeeded/Running");
  cloud.admin("faults", {{"fault", "slow_delete"}, {"seconds", 60}});
  CHECK(cloud.remove("web-1").status == 202);
  cloud.now += 30s;
  CHECK(cloud.state("web-1") == "Deleting/Running");
  cloud.now += 40s;
  CHECK(cloud.state("web-1") == "ResourceNotFound");
}

TEST_CASE("the weather moves groups by itself, and evicts Spot ones more often") {
  EmulatorOptions options{plain_options()};
  options.weather.moves_per_day = 24;
  Harness cloud{options};
  cloud.start("web-1");
  const std::string before{text_at(cloud.get("web-1"), "/properties/ipAddress/ip")};
  bool moved{false};
  for (int hour{0}; hour < 48 && !moved; ++hour) {
    cloud.now += 1h;
    moved = text_at(cloud.get("web-1"), "/properties/ipAddress/ip") != before;
  }
  CHECK(moved);
}

TEST_CASE("identities and init containers are shown as the service shows them") {
  Harness cloud;
  json::value body(small_group());
  body.as_object()["identity"] = {{"type", "SystemAssigned, UserAssigned"},
                                  {"userAssignedIdentities", {{"/a/b", json::object{}}}}};
  body.at("properties").as_object()["initContainers"] =
      json::array{{{"name", "init"}, {"properties", {{"image", "demo/init:1"}}}}};
  body.at("properties").at("ipAddress").as_object()["dnsNameLabel"] = "spillway";
  body.at("properties").at("ipAddress").as_object()["autoGeneratedDomainNameLabelScope"] =
      "TenantReuse";
  cloud.start("web-1", body);
  const Response shown{cloud.get("web-1")};
  CHECK(text_at(shown, "/identity/principalId").size() == 36);
  CHECK(text_at(shown, "/identity/tenantId") == cloud.options.tenant);
  CHECK(text_at(shown, "/identity/userAssignedIdentities/~1a~1b/clientId").size() == 36);
  CHECK(text_at(shown, "/properties/initContainers/0/properties/instanceView/currentState/state") ==
        "Terminated");
  const std::string name{text_at(shown, "/properties/ipAddress/fqdn")};
  CHECK(name.starts_with("spillway."));
  CHECK(name.size() > std::string{"spillway.eastus.azurecontainer.io"}.size());
}

TEST_CASE("a type that is not served of a provider that is registered: no invalid namespace") {
  Harness azure;
  const std::string providers{"/subscriptions/00000000-0000-0000-0000-000000000000/providers/"};
  for (const char* type :
       {"Microsoft.Insights/eventTypes/management/values",
        "Microsoft.Authorization/denyAssignments", "microsoft.network/natGateways"}) {
    const Response response{azure.send("GET", providers + type + "?api-version=2022-04-01")};
    CHECK(response.status == 404);
    CHECK(code_of(response) == "InvalidResourceType");
  }
  const std::string types{"Microsoft.ContainerInstance/resourceTypes?api-version=2021-04-01"};
  CHECK(text_at(azure.send("GET", providers + types), "/value/0/resourceType") ==
        "containerGroups");
  CHECK(code_of(
            azure.send("GET", providers + "Microsoft.Foo/resourceTypes?api-version=2021-04-01")) ==
        "InvalidResourceNamespace");
}

TEST_CASE("the tag names in use are counted over groups and resource groups") {
  Harness cloud;
  for (const char* name : {"web-1", "web-2"}) cloud.start(name);
  const std::string names{"/subscriptions/00000000-0000-0000-0000-000000000000/tagNames"};
  const std::string version{"?api-version=2021-04-01"};
  REQUIRE(send(cloud, "PATCH", place + version, {{"tags", {{"team", "blue"}}}}) == "200");
  const Response list{cloud.send("GET", names + version)};
  CHECK(list.status == 200);
  CHECK(text_at(list, "/value/0/tagName") == "spillway-owner");
  CHECK(json_of(list).at_pointer("/value/0/count/value") == 2);
  CHECK(text_at(list, "/value/0/values/0/tagValue") == "test");
  CHECK(text_at(list, "/value/1/values/0/id") == names + "/team/tagValues/blue");
}

TEST_CASE("a resource group stays where it is, in a region that exists, and is not revived") {
  Harness cloud;
  const auto put{[&](const std::string& name, const json::value& body) {
    return send(cloud, "PUT", subscription + "/resourceGroups/" + name + "?api-version=2021-04-01",
                body);
  }};
  CHECK(put("new", {{"location", "mars"}}) == "400 LocationNotAvailableForResourceGroup");
  CHECK(put("new", {{"location", "West Europe"}}) == "201");
  CHECK(put("new", {{"location", "eastus"}}) == "409 InvalidResourceGroupLocation");
  cloud.send("DELETE", subscription + "/resourceGroups/new?api-version=2021-04-01");
  CHECK(put("new", {{"location", "westeurope"}}) == "409 ResourceGroupBeingDeleted");
}

TEST_CASE("a number as a tag of a resource group is refused, and a filter by tags survives it") {
  Harness cloud;
  const std::string groups{subscription + "/resourceGroups"};
  CHECK(send(cloud, "PUT", groups + "/new?api-version=2021-04-01",
             {{"location", "eastus"}, {"tags", {{"a", 1}}}}) == "400 InvalidRequestContent");
  CHECK(cloud.send("GET", groups + "?api-version=2021-04-01&$filter=tagName%20eq%20'a'").status ==
        200);
}

TEST_CASE("a container group is not moved to another region by a PUT") {
  Harness cloud;
  cloud.start("web-1");
  const Response moved{cloud.put("web-1", small_group(1, "westus"))};
  CHECK(moved.status == 409);
  CHECK(code_of(moved) == "InvalidResourceLocation");
}

TEST_CASE("a body whose type is not told is refused, as curl's -d sends it") {
  Harness cloud;
  const std::string body{json::serialize(small_group())};
  for (const std::string type : {"application/x-www-form-urlencoded", "text/plain"}) {
    const Response refused{
        cloud.send("PUT", Harness::path("/web"), body, {{"Content-Type", type}})};
    CHECK(refused.status == 415);
    CHECK(code_of(refused) == "UnsupportedMediaType");
  }
  CHECK(cloud
            .send("PUT", Harness::path("/web"), body,
                  {{"Content-Type", "application/json; charset=utf-8"}})
            .status == 201);
}

TEST_CASE("a provider that was unregistered takes no writes until it is registered again") {
  Harness cloud;
  const std::string provider{subscription + "/providers/Microsoft.ContainerInstance"};
  const std::string version{"?api-version=2021-04-01"};
  const auto state{
      [&] { return text_at(cloud.send("GET", provider + version), "/registrationState"); }};
  CHECK(cloud.send("POST", provider + "/unregister" + version).status == 200);
  CHECK(state() == "NotRegistered");
  CHECK(code_of(cloud.put("web")) == "MissingSubscriptionRegistration");
  CHECK(cloud.get("web").status == 404);
  CHECK(cloud.send("POST", provider + "/register" + version).status == 200);
  CHECK(state() == "Registering");
  CHECK(cloud.put("web").status == 409);
  cloud.now += 61s;
  CHECK(state() == "Registered");
  CHECK(cloud.put("web").status == 201);
}

TEST_CASE("profiles are not there in the api-versions from before there were any") {
  Harness cloud;
  const std::string profiles{"Microsoft.ContainerInstance/containerGroupProfiles"};
  CHECK(cloud.send("GET", at(profiles, "2024-05-01-preview")).status == 200);
  const Response old{cloud.send("GET", at(profiles, "2023-05-01"))};
  CHECK(code_of(old) == "InvalidResourceType");
  CHECK(old.body.find("2023-05-01,") == std::string::npos);
}

TEST_CASE("standby pools have operations, resources the time of their last change") {
  Harness cloud;
  CHECK(text_at(
            cloud.send("GET", "/providers/Microsoft.StandbyPool/operations?api-version=2025-10-01"),
            "/value/0/name") == "Microsoft.StandbyPool/standbyContainerGroupPools/read");
  cloud.start("web-1");
  cloud.send("PATCH", Harness::path("/web-1"), R"({"tags": {"a": "b"}})");
  const Response listed{cloud.send(
      "GET", place + "/resources?api-version=2021-04-01&$expand=createdTime,changedTime")};
  CHECK(text_at(listed, "/value/0/createdTime") == "2026-11-23T00:00:00.000Z");
  CHECK(text_at(listed, "/value/0/changedTime") == "2026-11-23T00:02:00.000Z");
}

TEST_CASE("a subscription has tags of its own") {
  Harness cloud;
  const std::string tags{subscription +
                         "/providers/Microsoft.Resources/tags/default?api-version=2021-04-01"};
  CHECK(send(cloud, "PUT", tags, {{"properties", {{"tags", {{"team", "blue"}}}}}}) == "200");
  CHECK(text_at(cloud.send("GET", tags), "/properties/tags/team") == "blue");
  CHECK(text_at(cloud.send("GET", subscription + "?api-version=2022-12-01"), "/tags/team") ==
        "blue");
}

}  // namespace
}  // namespace spillway::emulator::resources_test
