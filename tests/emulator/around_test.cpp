// What lies around container groups: profiles, standby pools, scale sets, prices, managed identity.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/emulator/around.hpp"
#include "tests/emulator/odata_filter.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator::around_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace around;

json::value from_pool(bool must) {
  return {{"location", "eastus"},
          {"properties",
           {{"containerGroupProfile",
             {{"id", place + "/providers/Microsoft.ContainerInstance/containerGroupProfiles/web"},
              {"revision", 1}}},
            {"standbyPoolProfile",
             {{"id", place + "/providers/Microsoft.StandbyPool/standbyContainerGroupPools/warm"},
              {"failContainerGroupCreateOnReuseFailure", must}}},
            {"containers",
             json::array{{{"name", "main"},
                          {"properties", {{"configMap", {{"keyValuePairs", {{"a", "b"}}}}}}}}}}}}};
}

/// `Creating/Running/Deleting` of the first zone, and the health.
std::string stock(Harness& cloud) {
  const Response view{cloud.send("GET", pool_path("/warm/runtimeViews/latest"))};
  std::string shown;
  for (const char* i : {"0", "1", "2"}) {
    shown +=
        text_at(view, std::string{"/properties/instanceCountSummary/0/instanceCountsByState/"} + i +
                          "/count") +
        "/";
  }
  return shown + text_at(view, "/properties/status/code");
}

TEST_CASE("a filter is understood as Azure's lists do") {
  const auto matches{[](std::string_view text) -> std::string {
    const auto filter{ODataFilter::parse(text)};
    if (!filter) return "malformed";
    const auto lookup{[](std::string_view field) -> std::optional<std::string> {
      if (equal_text(field, "serviceName")) return "Container Instances";
      if (equal_text(field, "armRegionName")) return "eastus";
      return std::nullopt;
    }};
    return filter->matches(lookup, false) ? "yes" : "no";
  }};
  CHECK(matches("") == "yes");
  CHECK(matches("serviceName eq 'Container Instances'") == "yes");
  CHECK(matches("SERVICENAME eq 'container instances' and armRegionName eq 'eastus'") == "yes");
  CHECK(matches("serviceName eq 'x' or armRegionName eq 'eastus'") == "yes");
  CHECK(matches("(serviceName eq 'x' or armRegionName eq 'y') and armRegionName eq 'eastus'") ==
        "no");
  CHECK(matches("contains(serviceName, 'Instances')") == "yes");
  CHECK(matches("substringof('Container', serviceName)") == "yes");
  CHECK(matches("not startswith(serviceName,'Virtual')") == "yes");
  CHECK(matches("armRegionName ne 'eastus'") == "no");
  CHECK(matches("unknown eq 'eastus'") == "no");
  for (const auto wrong : {"serviceName", "serviceName eq", "eq 'a'", "(a eq 'b'", "a eq 'b' and",
                           "a eq 'b", "f(a)", "a like 'b'", "a eq 'b' 'c'"}) {
    CAPTURE(wrong);
    CHECK(matches(wrong) == "malformed");
  }
  CHECK(matches(std::string(1000, '(')) == "malformed");
}

TEST_CASE("a profile gets a revision for each change, and old ones stay") {
  Harness cloud;
  CHECK(send(cloud, "PUT", profile_path("/web"), small_profile()) == "201");
  CHECK(send(cloud, "PUT", profile_path("/web"), small_profile()) == "200");
  CHECK(text_at(cloud.send("GET", profile_path("/web")), "/properties/revision") == "1");
  CHECK(send(cloud, "PUT", profile_path("/web"), small_profile(2)) == "200");
  const Response newest{cloud.send("GET", profile_path("/web"))};
  CHECK(text_at(newest, "/properties/registeredRevisions") == "[1,2]");
  CHECK(text_at(newest, "/tags/team") == "blue");
  CHECK(text_at(cloud.send("GET", profile_path("/web/revisions/1")),
                "/properties/containers/0/properties/resources/requests/cpu") == "1");
  CHECK(json_of(cloud.send("GET", profile_path("/web/revisions"))).at("value").as_array().size() ==
        2);
  CHECK(send(cloud, "GET", profile_path("/web/revisions/3"), {}) ==
        "404 ContainerGroupProfileRevisionNotFound");
  CHECK(send(cloud, "PATCH", profile_path("/web"), {{"tags", {{"team", "red"}}}}) == "200");
  CHECK(text_at(cloud.send("GET", profile_path("")), "/value/0/tags/team") == "red");
  CHECK(send(cloud, "DELETE", profile_path("/web"), {}) == "200");
  CHECK(send(cloud, "DELETE", profile_path("/web"), {}) == "204");
  CHECK(send(cloud, "GET", profile_path("/web"), {}) == "404 ResourceNotFound");
  CHECK(send(cloud, "PUT", profile_path("/-web"), small_profile()) ==
        "400 InvalidContainerGroupProfileName");
  CHECK(send(cloud, "PUT", profile_path("/web"), small_profile(0)) ==
        "400 InvalidResourceRequests");
}

TEST_CASE("a group made of a profile has what it does not say itself") {
  Harness cloud;
  REQUIRE(send(cloud, "PUT", profile_path("/web"), small_profile()) == "201");
  json::value body(from_pool(false));
  body.at("properties").as_object().erase("standbyPoolProfile");
  REQUIRE(cloud.put("web-1", body).status == 201);
  cloud.now += 2min;
  const Response made{cloud.get("web-1")};
  CHECK(cloud.state("web-1") == "Succeeded/Running");
  CHECK(text_at(made, "/properties/containers/0/properties/image") == "demo/web:1");
  CHECK(text_at(made, "/properties/containers/0/properties/configMap/keyValuePairs/a") == "b");
  CHECK(text_at(made, "/properties/isCreatedFromStandbyPool") == "false");
  body.at("properties").at("containerGroupProfile").as_object()["revision"] = 7;
  CHECK(code_of(cloud.put("web-2", body)) == "ContainerGroupProfileRevisionNotFound");
}

TEST_CASE("a standby pool hands out running groups and refills at once") {
  Harness cloud;
  CHECK(send(cloud, "PUT", pool_path("/warm"), small_pool(2)) ==
        "400 ContainerGroupProfileNotFound");
  REQUIRE(send(cloud, "PUT", profile_path("/web"), small_profile()) == "201");
  const Response made{cloud.send("PUT", pool_path("/warm"), json::serialize(small_pool(2)))};
  REQUIRE(made.status == 201);
  CHECK(header_of(made, "Azure-AsyncOperation").find("/providers/Microsoft.StandbyPool/") !=
        std::string::npos);
  CHECK(header_of(made, "Location").empty());
  CHECK(stock(cloud) == "2/0/0/HealthState/healthy");

  CHECK(code_of(cloud.put("web-1", from_pool(true))) == "StandbyPoolReuseFailed");
  cloud.now += 1min;
  CHECK(stock(cloud) == "0/2/0/HealthState/healthy");
  const Response warm{cloud.put("web-1", from_pool(true))};
  CHECK(warm.status == 201);
  CHECK(text_at(warm, "/properties/isCreatedFromStandbyPool") == "true");
  CHECK(cloud.state("web-1") == "Succeeded/Running");
  CHECK(stock(cloud) == "1/1/0/HealthState/healthy");

  CHECK(cloud.put("web-2", from_pool(false)).status == 201);  // the last warm one
  CHECK(cloud.put("web-3", from_pool(false)).status == 201);  // silently cold
  CHECK(text_at(cloud.get("web-3"), "/properties/isCreatedFromStandbyPool") == "false");
  CHECK(cloud.state("web-3") == "Pending/Pending");
}

TEST_CASE("a standby pool bills round the clock, shrinks, drains on a new profile and goes") {
  Harness cloud;
  REQUIRE(send(cloud, "PUT", profile_path("/web"), small_profile()) == "201");
  REQUIRE(send(cloud, "PUT", pool_path("/warm"), small_pool(3)) == "201");
  cloud.now += 1h;
  const Response state{cloud.send("GET", "/_emulator/state")};
  const double hour{3 * 3600 * (0.00001125 + 1.5 * 0.000001236)};
  CHECK(json_of(state).at("costUsd").to_number<double>() == doctest::Approx(hour).epsilon(0.001));
  CHECK(send(cloud, "PATCH", pool_path("/warm"),
             {{"properties", {{"elasticityProfile", {{"maxReadyCapacity", 1}}}}}}) == "200");
  CHECK(stock(cloud) == "0/1/2/HealthState/healthy");
  REQUIRE(send(cloud, "PUT", profile_path("/web"), small_profile(2)) == "200");
  json::value changed(small_pool(1));
  changed.at("properties")
      .at("containerGroupProperties")
      .at("containerGroupProfile")
      .as_object()["revision"] = 2;
  CHECK(send(cloud, "PUT", pool_path("/warm"), changed) == "200");
  CHECK(stock(cloud) == "1/0/3/HealthState/healthy");
  CHECK(code_of(cloud.put("web-1", from_pool(true))) == "StandbyPoolReuseFailed");
  const Response gone{cloud.send("DELETE", pool_path("/warm"))};
  CHECK(gone.status == 202);
  CHECK(!header_of(gone, "Location").empty());
  CHECK(send(cloud, "DELETE", pool_path("/warm"), {}) == "204");
}

TEST_CASE("a standby pool without room is degraded and tries again after half a minute") {
  Harness cloud;
  REQUIRE(send(cloud, "PUT", profile_path("/web"), small_profile()) == "201");
  cloud.admin("faults", {{"fault", "capacity_refused"}, {"region", "eastus"}});
  REQUIRE(send(cloud, "PUT", pool_path("/warm"), small_pool(2, {"1", "2"})) == "201");
  CHECK(stock(cloud) == "0/0/0/HealthState/degraded");
  cloud.now += 31s;
  CHECK(stock(cloud) == "1/0/0/HealthState/healthy");  // one in each zone
}

TEST_CASE("members of a pool hold cores like any group") {
  EmulatorOptions options{plain_options()};
  options.limits.cores_per_region = 3;
  Harness cloud{options};
  REQUIRE(send(cloud, "PUT", profile_path("/web"), small_profile()) == "201");
  REQUIRE(send(cloud, "PUT", pool_path("/warm"), small_pool(2)) == "201");
  CHECK(cloud.put("web-1").status == 201);
  CHECK(code_of(cloud.put("web-2")) == "ContainerGroupQuotaReached");
}

TEST_CASE("a scale set grows with a boot time and shrinks by its newest instances") {
  Harness cloud;
  const json::value body{
      {"location", "eastus"},
      {"sku", {{"name", "Standard_D2s_v5"}, {"capacity", 2}}},
      {"properties",
       {{"virtualMachineProfile",
         {{"osProfile", {{"adminUsername", "a"}, {"adminPassword", "hush"}}}}}}}};
  const Response made{cloud.send("PUT", set_path("/vms"), json::serialize(body))};
  CHECK(made.status == 201);
  CHECK(made.body.find("hush") == std::string::npos);
  cloud.now += 10min;
  CHECK(text_at(cloud.send("GET", set_path("/vms")), "/properties/provisioningState") ==
        "Succeeded");
  CHECK(send(cloud, "PATCH", set_path("/vms"), {{"sku", {{"capacity", 4}}}}) == "200");
  const Response grown{cloud.send("GET", set_path("/vms/virtualMachines?$expand=instanceView"))};
  CHECK(json_of(grown).at("value").as_array().size() == 4);
  CHECK(text_at(grown, "/value/0/properties/instanceView/statuses/1/code") == "PowerState/running");
  CHECK(text_at(grown, "/value/3/properties/provisioningState") == "Creating");
  CHECK(text_at(cloud.send("GET", set_path("/vms")), "/sku/name") == "Standard_D2s_v5");
  CHECK(text_at(cloud.send("GET", set_path("/vms/instanceView")),
                "/virtualMachine/statusesSummary/1/count") == "2");
  cloud.now += 10min;
  CHECK(send(cloud, "PATCH", set_path("/vms"), {{"sku", {{"capacity", 1}}}}) == "200");
  CHECK(text_at(cloud.send("GET", set_path("/vms/virtualMachines/0")), "/name") == "vms_0");
  CHECK(text_at(cloud.send("GET", set_path("/vms/virtualMachines/0/instanceView")),
                "/statuses/1/code") == "PowerState/running");
  CHECK(send(cloud, "GET", set_path("/vms/virtualMachines/3"), {}) == "404 InstanceIdNotFound");
  CHECK(send(cloud, "PATCH", set_path("/vms"), {{"sku", {{"capacity", 80}}}}) ==
        "409 OperationNotAllowed");
  CHECK(send(cloud, "PATCH", set_path("/vms"), {{"sku", {{"capacity", -1}}}}) ==
        "400 InvalidParameter");
  const Response shrunk{cloud.send("POST", set_path("/vms/delete"), R"({"instanceIds": ["0"]})")};
  CHECK(shrunk.status == 202);
  cloud.now += 1min;
  CHECK(cloud.send("GET", target_of(header_of(shrunk, "Location"))).status == 200);
  CHECK(text_at(cloud.send("GET", set_path("/vms")), "/sku/capacity") == "0");
  CHECK(send(cloud, "PATCH", set_path("/vms"), {{"sku", {{"capacity", 2}}}}) == "200");
  const std::string last{
      "/vms/virtualMachines/" +
      text_at(cloud.send("GET", set_path("/vms/virtualMachines")), "/value/1/instanceId")};
  CHECK(send(cloud, "DELETE", set_path(last), {}) == "202");
  CHECK(send(cloud, "DELETE", set_path(last), {}) == "204");
  CHECK(text_at(cloud.send("GET", set_path("/vms")), "/sku/capacity") == "1");
  CHECK(send(cloud, "DELETE", set_path("/vms"), {}) == "202");
  CHECK(send(cloud, "GET", set_path("/vms"), {}) == "404 ResourceNotFound");
}

TEST_CASE("retail prices are filtered and come in pages whose link may be missing") {
  EmulatorOptions options{plain_options()};
  options.price_page_size = 3;
  Harness cloud{options};
  const std::string filter{
      "/api/retail/prices?$filter=serviceName%20eq%20'Container%20Instances'%20and%20"
      "armRegionName%20eq%20'eastus'%20and%20priceType%20eq%20'Consumption'"};
  const Response first{cloud.send("GET", filter)};
  CHECK(text_at(first, "/Count") == "3");
  CHECK(text_at(first, "/Items/0/meterName") == "Standard vCPU Duration");
  CHECK(json_of(first).at("Items").at(0).at("retailPrice").to_number<double>() ==
        doctest::Approx(0.0405));
  CHECK(text_at(first, "/Items/0/unitOfMeasure") == "1 Hour");
  const Response second{cloud.send("GET", target_of(text_at(first, "/NextPageLink")))};
  CHECK(text_at(second, "/Count") == "2");
  CHECK(text_at(second, "/NextPageLink") == "null");
  cloud.admin("faults", {{"fault", "lost_next_link"}});
  CHECK(text_at(cloud.send("GET", filter), "/NextPageLink") == "null");
  CHECK(text_at(cloud.send("GET", filter + "&api-version=2023-01-01-preview"),
                "/Items/0/savingsPlan/1/term") == "1 Year");
  CHECK(text_at(cloud.send("GET",
                           "/api/retail/prices?api-version=2023-01-01-preview&$filter="
                           "serviceName%20eq%20'container%20instances'"),
                "/Count") == "0");
  CHECK(text_at(cloud.send("GET", "/api/retail/prices?currencyCode='EUR'"), "/BillingCurrency") ==
        "EUR");
  CHECK(cloud.send("GET", "/api/retail/prices?$filter=nonsense").status == 400);
}

TEST_CASE("the metadata service gives tokens to whoever sends its header, and to no proxy") {
  EmulatorOptions options{plain_options()};
  options.auth = true;
  Harness cloud{options};
  const std::string target{
      "/metadata/identity/oauth2/token/?api-version=2018-02-01&resource=https://management"
      ".azure.com"};
  const auto ask{[&](const std::string& path, Headers headers) {
    return cloud.send("GET", path, {}, std::move(headers));
  }};
  const Response token{ask(target, {{"Metadata", "true"}})};
  REQUIRE(token.status == 200);
  CHECK(text_at(token, "/expires_in") == "3599");
  CHECK(text_at(token, "/resource") == "https://management.azure.com");
  CHECK(cloud
            .send("GET", Harness::path(""), {},
                  {{"Authorization", "Bearer " + text_at(token, "/access_token")}})
            .status == 200);
  CHECK(text_at(ask(target, {}), "/error") == "bad_request_102");
  CHECK(text_at(ask(target, {{"Metadata", "True"}}), "/error") == "bad_request_102");
  CHECK(ask(target, {{"Metadata", "true"}, {"X-Forwarded-For", "10.0.0.1"}}).status == 400);
  CHECK(ask(target + "&client_id=nobody", {{"Metadata", "true"}}).status == 400);
  CHECK(ask("/metadata/identity/oauth2/token?api-version=2018-02-01", {{"Metadata", "true"}})
            .status == 400);
  cloud.admin("faults", {{"fault", "error"}, {"path", "/metadata/*"}, {"status", 410}});
  const Response updating{ask(target, {{"Metadata", "true"}})};
  CHECK(updating.status == 410);
  CHECK(text_at(updating, "/error") == "unknown");

  const std::string app{"/msi/token?api-version=2019-08-01&resource=https://management.azure.com/"};
  CHECK(ask(app, {}).status == 401);
  const Response app_token{ask(app, {{"X-IDENTITY-HEADER", "emulator-identity"}})};
  CHECK(app_token.status == 200);
  CHECK(!text_at(app_token, "/expires_on").empty());
}

TEST_CASE("clients that post for the token of an identity get it, as in a Cloud Shell") {
  Harness cloud;
  const std::string form{"resource=https%3A%2F%2Fmanagement.azure.com%2F"};
  for (const char* path : {"/msi/token", "/oauth2/token"}) {
    const auto ask{[&](const std::string& body, Headers headers) {
      return cloud.send("POST", path, body, std::move(headers));
    }};
    const Response token{ask(form, {{"Metadata", "true"}})};
    CHECK(token.status == 200);
    CHECK(text_at(token, "/resource") == "https://management.azure.com/");
    CHECK(text_at(ask(form, {}), "/error") == "bad_request_102");
    CHECK(text_at(ask("", {{"Metadata", "true"}}), "/error") == "invalid_request");
  }
}

TEST_CASE("several user identities have to be told apart") {
  EmulatorOptions options{plain_options()};
  options.identities = {{.client_id = "id-1", .object_id = "o-1", .resource_id = "/r/1"},
                        {.client_id = "id-2", .object_id = "o-2", .resource_id = "/r/2"}};
  Harness cloud{options};
  const auto client{[&](const std::string& more) {
    const Response response{cloud.send(
        "GET", "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=r" + more, {},
        {{"Metadata", "true"}})};
    return response.status == 200 ? text_at(response, "/client_id") : text_at(response, "/error");
  }};
  CHECK(client("") == "invalid_request");
  CHECK(client("&client_id=ID-2") == "id-2");
  CHECK(client("&mi_res_id=/r/1") == "id-1");
  CHECK(client("&object_id=o-2") == "id-2");
}

}  // namespace
}  // namespace spillway::emulator::around_test
