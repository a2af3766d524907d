#include "tests/emulator/cloud.hpp"

#include <doctest/doctest.h>

#include <set>

#include "tests/emulator/harness.hpp"

namespace spillway::emulator::cloud_test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

TEST_CASE(
    "a create answers 201 in transition, is polled both ways, and ends Running with an address") {
  Harness azure;
  const Response created{azure.put("web")};
  CHECK(created.status == 201);
  CHECK(text_at(created, "/properties/provisioningState") == "Pending");
  CHECK(header_of(created, "Retry-After") == "5");
  const std::string status{target_of(header_of(created, "Azure-AsyncOperation"))};
  const std::string result{target_of(header_of(created, "Location"))};
  CHECK(text_at(azure.send("GET", status), "/status") == "InProgress");
  CHECK(azure.send("GET", result).status == 202);
  azure.now += 1min;
  CHECK(text_at(azure.send("GET", status), "/status") == "Succeeded");
  CHECK(text_at(azure.send("GET", result), "/name") == "web");
  CHECK(azure.state("web") == "Succeeded/Running");
  CHECK(text_at(azure.get("web"), "/properties/ipAddress/ip") == "127.42.0.1");
}

TEST_CASE("which polling headers are sent is a setting") {
  struct Row {
    LroHeaders setting;
    bool azure_async, location;
  };
  for (const Row& row :
       {Row{LroHeaders::both, true, true}, Row{LroHeaders::azure_async, true, false},
        Row{LroHeaders::location, false, true}, Row{LroHeaders::neither, false, false}}) {
    EmulatorOptions options{plain_options()};
    options.lro_headers = row.setting;
    Harness azure{options};
    const Response created{azure.put("web")};
    CHECK(header_of(created, "Azure-AsyncOperation").empty() != row.azure_async);
    CHECK(header_of(created, "Location").empty() != row.location);
  }
}

TEST_CASE("list answers carry no instance view, GET does") {
  Harness azure;
  azure.start("web");
  const Response list{azure.send("GET", Harness::path(""))};
  CHECK(text_at(list, "/value/0/properties/provisioningState") == "Succeeded");
  CHECK(list.body.find("instanceView") == std::string::npos);
  CHECK(text_at(azure.get("web"), "/properties/instanceView/state") == "Running");
  CHECK(text_at(azure.get("web"),
                "/properties/containers/0/properties/instanceView/currentState/state") ==
        "Running");
}

TEST_CASE("a list in pages shows each group once, also when groups go in between") {
  EmulatorOptions options{plain_options()};
  options.page_size = 2;
  options.delete_time = 0s;
  Harness azure{options};
  for (const char* name : {"a", "b", "c", "d", "e"}) azure.start(name);
  std::vector<std::string> seen;
  std::string next{Harness::path("")};
  for (int page{0}; !next.empty(); ++page) {
    if (page == 1) azure.remove("c");
    const Response response{azure.send("GET", next)};
    REQUIRE(response.status == 200);
    const json::value body(json_of(response));
    for (const json::value& group : body.at("value").as_array()) {
      seen.emplace_back(group.at("name").as_string());
    }
    const std::string link{text_at(response, "/nextLink")};
    next = link.empty() ? "" : target_of(link);
  }
  CHECK(seen == std::vector<std::string>{"a", "b", "d", "e"});
  CHECK(code_of(azure.send("GET", Harness::path("?$skipToken=%21"))) == "InvalidSkipToken");
}

TEST_CASE("secrets go in and never come out") {
  Harness azure;
  json::value body(small_group());
  json::object& properties{body.at("properties").as_object()};
  properties["imageRegistryCredentials"] =
      json::array{{{"server", "r.test"}, {"username", "u"}, {"password", "hunter2"}}};
  properties["volumes"] = json::array{{{"name", "vault"}, {"secret", {{"k", "aHVudGVyMg=="}}}}};
  properties["diagnostics"] = {
      {"logAnalytics", {{"workspaceId", "w"}, {"workspaceKey", "hunter2"}}}};
  properties["containers"].as_array()[0].at("properties").as_object()["environmentVariables"] =
      json::array{{{"name", "PASSWORD"}, {"secureValue", "hunter2"}},
                  {{"name", "OPEN"}, {"value", "yes"}}};
  const Response created{azure.put("web", body)};
  REQUIRE(created.status == 201);
  for (const Response& response : {created, azure.get("web"), azure.send("GET", Harness::path("")),
                                   azure.send("GET", "/_emulator/state")}) {
    CHECK(response.body.find("hunter2") == std::string::npos);
    CHECK(response.body.find("aHVudGVyMg") == std::string::npos);
  }
  const std::string container{"/properties/containers/0/properties/environmentVariables/"};
  CHECK(text_at(created, container + "0/name") == "PASSWORD");
  CHECK(text_at(created, container + "1/value") == "yes");
}

TEST_CASE("a group in transition answers 409 to everything but reading") {
  Harness azure;
  azure.put("web");
  CHECK(code_of(azure.put("web")) == "ContainerGroupTransitioning");
  CHECK(code_of(azure.remove("web")) == "ContainerGroupTransitioning");
  for (const char* verb : {"start", "stop", "restart"}) {
    CHECK(code_of(azure.post("web", verb)) == "ContainerGroupTransitioning");
  }
  CHECK(azure.get("web").status == 200);
}

TEST_CASE("delete answers 202, then 204 and 404") {
  Harness azure;
  azure.start("web");
  const Response removed{azure.remove("web")};
  CHECK(removed.status == 202);
  CHECK(azure.remove("web").status == 202);
  CHECK(text_at(azure.get("web"), "/properties/provisioningState") == "Deleting");
  azure.now += 5s;
  CHECK(azure.remove("web").status == 204);
  CHECK(code_of(azure.get("web")) == "ResourceNotFound");
  const std::string result{target_of(header_of(removed, "Location"))};
  CHECK(azure.send("GET", result).status == 204);
}

TEST_CASE("a synchronous delete answers 200 with the group") {
  EmulatorOptions options{plain_options()};
  options.synchronous_delete = true;
  Harness azure{options};
  azure.start("web");
  const Response removed{azure.remove("web")};
  CHECK(removed.status == 200);
  CHECK(text_at(removed, "/name") == "web");
  CHECK(azure.get("web").status == 404);
}

TEST_CASE("clients of old api-versions do not fail on a 202 for a delete or a start") {
  Harness azure;
  for (const std::string version : {"2018-10-01", "2019-12-01", "2021-03-01"}) {
    CAPTURE(version);
    azure.start("web");
    azure.post("web", "stop");
    azure.now += 10s;
    const Response started{azure.send("POST", Harness::path("/web/start", version))};
    CHECK(started.status == (version < "2021-03-01" ? 204 : 202));
    azure.now += 2min;
    CHECK(text_at(azure.get("web"), "/properties/instanceView/state") == "Running");
    const Response again{azure.send("POST", Harness::path("/web/start", version))};
    CHECK(again.status == (version < "2021-03-01" ? 204 : 202));
    azure.now += 1s;
    const Response removed{azure.send("DELETE", Harness::path("/web", version))};
    CHECK(removed.status == (version < "2019-12-01" ? 200 : 202));
    if (version < "2019-12-01") CHECK(azure.get("web").status == 404);
    azure.now += 10s;
  }
}

TEST_CASE("a delete during creation may be accepted or forgotten, by setting") {
  for (const auto setting : {DeleteDuringCreate::accept, DeleteDuringCreate::forget}) {
    EmulatorOptions options{plain_options()};
    options.delete_during_create = setting;
    Harness azure{options};
    azure.put("web");
    CHECK(azure.remove("web").status == 202);
    azure.now += 5min;
    CHECK(azure.get("web").status == (setting == DeleteDuringCreate::accept ? 404 : 200));
  }
}

TEST_CASE("a PUT with nothing changed restarts nothing; a changed one restarts in place") {
  Harness azure;
  azure.start("web");
  CHECK(azure.put("web").status == 200);
  CHECK(azure.state("web") == "Succeeded/Running");
  json::value changed(small_group());
  changed.at("properties").at("containers").as_array()[0].at("properties").as_object()["image"] =
      "demo/web:2";
  CHECK(azure.put("web", changed).status == 200);
  CHECK(azure.state("web") == "Pending/Pending");
  azure.now += 2min;
  CHECK(text_at(azure.get("web"), "/properties/ipAddress/ip") == "127.42.0.1");
  CHECK(text_at(azure.get("web"),
                "/properties/containers/0/properties/instanceView/restartCount") == "1");
}

TEST_CASE("what cannot be updated is refused and nothing restarts") {
  Harness azure;
  azure.start("web");
  json::value other_policy(small_group());
  other_policy.at("properties").as_object()["restartPolicy"] = "Never";
  for (const json::value& body : {small_group(2), other_policy}) {
    CHECK(code_of(azure.put("web", body)) == "InvalidContainerGroupUpdate");
  }
  CHECK(azure.state("web") == "Succeeded/Running");
}

TEST_CASE("PATCH changes tags at once and nothing else") {
  Harness azure;
  azure.start("web");
  const Response patched{
      azure.send("PATCH", Harness::path("/web"),
                 R"({"tags": {"a": "b"}, "properties": {"osType": "Windows"}})")};
  CHECK(patched.status == 200);
  CHECK(text_at(patched, "/tags/a") == "b");
  CHECK(text_at(patched, "/tags/spillway-owner").empty());
  CHECK(text_at(patched, "/properties/osType") == "Linux");
  CHECK(azure.state("web") == "Succeeded/Running");
}

TEST_CASE(
    "stop answers 204 and frees the address; start is a new deployment; restart answers 204") {
  Harness azure;
  azure.start("web");
  CHECK(azure.post("web", "stop").status == 204);
  CHECK(azure.state("web") == "Succeeded/Stopped");
  CHECK(text_at(azure.get("web"), "/properties/ipAddress/ip").empty());
  CHECK(azure.post("web", "start").status == 202);
  azure.now += 2min;
  CHECK(text_at(azure.get("web"), "/properties/ipAddress/ip") == "127.42.0.2");
  CHECK(azure.post("web", "start").status == 204);
  CHECK(azure.post("web", "restart").status == 204);
  CHECK(azure.state("web") == "Pending/Pending");
}

TEST_CASE("ids compare without case") {
  Harness azure;
  azure.start("web");
  const Response found{azure.send(
      "GET",
      "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000000/resourcegroups/SPILLWAY/providers/"
      "microsoft.containerinstance/CONTAINERGROUPS/web?API-version=2023-05-01")};
  CHECK(found.status == 200);
  CHECK(text_at(found, "/id").find("/resourceGroups/spillway/") != std::string::npos);
}

TEST_CASE("logs are cut by tail and stamped on request") {
  EmulatorOptions options{plain_options()};
  options.images["demo/web:1"] = {.pull = 0s, .logs = {"one", "two", "three"}};
  Harness azure{options};
  azure.start("web");
  const std::string logs{"/web/containers/main/logs"};
  CHECK(text_at(azure.send("GET", Harness::path(logs)), "/content") == "one\ntwo\nthree\n");
  CHECK(text_at(azure.send("GET", Harness::path(logs + "?tail=1")), "/content") == "three\n");
  CHECK(text_at(azure.send("GET", Harness::path(logs + "?tail=1&timestamps=true")), "/content") ==
        "2026-11-23T00:00:30.000Z three\n");
  CHECK(code_of(azure.send("GET", Harness::path(logs + "?tail=-1"))) == "InvalidParameter");
  CHECK(code_of(azure.send("GET", Harness::path("/web/containers/other/logs"))) ==
        "ContainerNotFound");
}

TEST_CASE("the api-version must be there and known") {
  Harness azure;
  const std::string list{
      "/subscriptions/00000000-0000-0000-0000-000000000000/providers/"
      "Microsoft.ContainerInstance/containerGroups"};
  CHECK(code_of(azure.send("GET", list)) == "MissingApiVersionParameter");
  CHECK(code_of(azure.send("GET", list + "?api-version=latest")) == "InvalidApiVersionParameter");
  // A list has no location: the type is not found in that version.
  const Response unknown{azure.send("GET", list + "?api-version=2031-01-01")};
  CHECK(unknown.status == 404);
  CHECK(code_of(unknown) == "InvalidResourceType");
  CHECK(text_at(unknown, "/error/message")
            .starts_with("The resource type 'containerGroups' could not be found in the namespace "
                         "'Microsoft.ContainerInstance' for api version '2031-01-01'."));
  for (const char* version : {"2022-10-01-preview", "2023-05-01", "2025-09-01"}) {
    CHECK(azure.send("GET", list + "?api-version=" + version).status == 200);
  }
}

TEST_CASE("what has a location is told the versions that are served there") {
  Harness azure;
  azure.start("web");
  const std::string web{
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/spillway/providers/"
      "microsoft.containerinstance/containerGroups/web?api-version=2031-01-01"};
  const std::string other{
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/spillway/providers/"
      "microsoft.containerinstance/containerGroups/new?api-version=2031-01-01"};
  for (const Response& response :
       {azure.send("GET", web), azure.send("PUT", other, json::serialize(small_group()))}) {
    CHECK(response.status == 400);
    CHECK(code_of(response) == "NoRegisteredProviderFound");
    CHECK(text_at(response, "/error/message")
              .starts_with("No registered resource provider found for location 'eastus' and API "
                           "version '2031-01-01' for type 'containerGroups'. The supported "
                           "api-versions are '2017-08-01-preview, "));
  }
  CHECK(code_of(azure.send("GET", other)) == "InvalidResourceType");
  CHECK(code_of(azure.send("GET",
                           "/subscriptions/00000000-0000-0000-0000-000000000000/providers/"
                           "Microsoft.Foo/bars?api-version=2025-09-01")) ==
        "InvalidResourceNamespace");
}

TEST_CASE("what does not exist is told apart: subscription, resource group, group, path, method") {
  Harness azure;
  const std::string version{"?api-version=2023-05-01"};
  const std::string subscription{"/subscriptions/00000000-0000-0000-0000-000000000000"};
  CHECK(code_of(azure.send("GET", "/subscriptions/other/resourceGroups" + version)) ==
        "SubscriptionNotFound");
  CHECK(code_of(azure.send("GET", subscription +
                                      "/resourceGroups/other/providers/"
                                      "Microsoft.ContainerInstance/containerGroups/web" +
                                      version)) == "ResourceGroupNotFound");
  CHECK(code_of(azure.get("web")) == "ResourceNotFound");
  CHECK(azure.remove("web").status == 204);
  CHECK(azure.send("GET", "/nonsense" + version).status == 404);
  CHECK(azure.send("DELETE", subscription + version).status == 405);
}

TEST_CASE("every answer carries request ids, and echoes the client's") {
  Harness azure;
  std::set<std::string> ids;
  for (int i{0}; i < 3; ++i) {
    const Response response{
        azure.send("GET", Harness::path(""), "",
                   {{"X-Ms-Client-Request-Id", "mine"}, {"x-ms-correlation-request-id", "ours"}})};
    ids.insert(header_of(response, "x-ms-request-id"));
    CHECK(header_of(response, "x-ms-client-request-id") == "mine");
    CHECK(header_of(response, "x-ms-correlation-request-id") == "ours");
    CHECK_FALSE(header_of(response, "x-ms-routing-request-id").empty());
  }
  CHECK(ids.size() == 3);
}

TEST_CASE("a body that is not what it should be is refused and changes nothing") {
  Harness azure;
  for (
      const std::string body :
      {"", "{", "[]", "null", "42", "{}", R"({"properties": []})", R"({"properties": {}})",
       R"({"location": "eastus", "properties": {"containers": {}}})",
       R"({"location": "eastus", "properties": {"containers": [{"name": "x"}]}})",
       R"({"location": "eastus", "properties": {"containers": [null]}})",
       R"({"location": "eastus", "properties": {"containers": [{"name": 1, "properties": {}}]}})"}) {
    CAPTURE(body);
    const Response response{azure.send("PUT", Harness::path("/web"), body)};
    CHECK(response.status == 400);
    CHECK_FALSE(code_of(response).empty());
  }
  std::string deep;
  for (int i{0}; i < 5000; ++i) deep += "{\"a\":";
  CHECK(azure.send("PUT", Harness::path("/web"), deep).status == 400);
  CHECK(azure.cloud.world().groups().empty());
}

TEST_CASE("a DNS label is unique in its region") {
  Harness azure;
  json::value body(small_group());
  body.at("properties").at("ipAddress").as_object()["dnsNameLabel"] = "shop1";
  const Response first{azure.put("a", body)};
  CHECK(text_at(first, "/properties/ipAddress/fqdn") == "shop1.eastus.azurecontainer.io");
  CHECK(code_of(azure.put("b", body)) == "InternalServerError");
  body.as_object()["location"] = "westus";
  CHECK(azure.put("b", body).status == 201);
}

TEST_CASE("resource groups can be made, listed, looked at and deleted with what is in them") {
  Harness azure;
  azure.start("web");
  const std::string groups{"/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups"};
  const std::string version{"?api-version=2021-04-01"};
  CHECK(azure.send("PUT", groups + "/more" + version, R"({"location": "West US"})").status == 201);
  CHECK(azure.send("PUT", groups + "/more" + version, R"({"location": "West US"})").status == 200);
  CHECK(text_at(azure.send("GET", groups + "/MORE" + version), "/location") == "westus");
  CHECK(json_of(azure.send("GET", groups + version)).at("value").as_array().size() == 2);
  CHECK(azure.send("HEAD", groups + "/more" + version).status == 204);
  const std::string resources{groups + "/spillway/resources" + version};
  CHECK(text_at(azure.send("GET", resources), "/value/0/name") == "web");
  CHECK(azure.send("DELETE", groups + "/spillway" + version).status == 202);
  azure.now += 10s;
  CHECK(azure.send("HEAD", groups + "/spillway" + version).status == 404);
  CHECK(code_of(azure.get("web")) == "ResourceGroupNotFound");
}

}  // namespace
}  // namespace spillway::emulator::cloud_test
