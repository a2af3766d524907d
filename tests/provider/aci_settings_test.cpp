#include "controller/provider/aci/aci_settings.hpp"

#include <doctest/doctest.h>

#include <map>

#include "tests/support/printing.hpp"

namespace spillway::aci::aci_settings_test {
namespace {

using namespace std::chrono_literals;

Environment environment_of(std::map<std::string, std::string, std::less<>> variables) {
  return [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST_CASE("what the file leaves out comes from the environment, what it says stays") {
  AciSettings settings{};
  settings.tenant = "from-the-file";
  settings = with_environment(settings, environment_of({{"AZURE_SUBSCRIPTION_ID", "sub"},
                                                        {"AZURE_TENANT_ID", "not-this"},
                                                        {"AZURE_CLIENT_ID", "client"},
                                                        {"AZURE_CLIENT_SECRET", "secret"}}));
  CHECK(settings.tenant == "from-the-file");
  CHECK(settings.subscription == "sub");
  CHECK(settings.client_id == "client");
  CHECK(settings.client_secret == "secret");
  CHECK(settings.authority == "https://login.microsoftonline.com");
  CHECK(missing_settings(settings).empty());
}

TEST_CASE("everything that is missing is told at once, with the variable that would do") {
  AciSettings empty{};
  empty.identity = IdentityKind::client_secret;
  const AciSettings settings{with_environment(empty, environment_of({}))};
  const auto missing = missing_settings(settings);
  REQUIRE(missing.size() == 4);
  CHECK(missing[0] ==
        "subscription is missing: set it, or AZURE_SUBSCRIPTION_ID in the environment");
}

TEST_CASE("an authority from the environment is checked too") {
  AciSettings settings{};
  settings.subscription = settings.tenant = settings.client_id = settings.client_secret = "x";
  settings = with_environment(settings,
                              environment_of({{"AZURE_AUTHORITY_HOST", "http://login.example"}}));
  CHECK(missing_settings(settings).size() == 1);
}

TEST_CASE("a token never travels in clear beyond this machine") {
  CHECK(is_endpoint_url("https://management.azure.com"));
  CHECK(is_endpoint_url("http://127.0.0.1:8080"));
  CHECK(is_endpoint_url("http://localhost:8080/"));
  CHECK(is_endpoint_url("http://[::1]:8080"));
  CHECK(!is_endpoint_url("http://management.azure.com"));
  CHECK(!is_endpoint_url("http://127.evil.example"));
  CHECK(!is_endpoint_url("https://x/?y=1"));
  CHECK(!is_endpoint_url("management.azure.com"));
  CHECK(!is_endpoint_url(""));
}

TEST_CASE("resource group names follow Azure's rule") {
  CHECK(is_resource_group_name("Burst_groups-(1).x"));
  CHECK(!is_resource_group_name("ends."));
  CHECK(!is_resource_group_name("a/b"));
  CHECK(!is_resource_group_name(""));
  CHECK(!is_resource_group_name(std::string(91, 'a')));
}

TEST_CASE("a price is the place's own, else a quote, else the list price of East US") {
  AciSettings settings{};
  settings.places = {{.region = "eastus"},
                     {.region = "swedencentral"},
                     {.region = "westeurope", .priority = Priority::spot},
                     {.region = "westus", .vcpu_price = HourlyPrice{usd(1.0)}}};
  PriceBook book{};
  book.add("swedencentral", PriceKind::standard, {.rates = {0.0466, 0.00511}});
  const GroupSize size{.vcpu = 1.0, .memory_gb = 1.0};
  const auto price = [&](std::size_t i) {
    const Place place{places(settings).at(i)};
    const auto kind = price_kind(ReplicaTemplate{}, place);
    return price_of(settings, place, kind, size, book).per_hour;
  };
  CHECK(price(0) == usd(0.04495));
  CHECK(price(1) == usd(0.05171));
  CHECK(price(2) == usd(0.04495 * 0.3));
  CHECK(price(3) == usd(1.00445));
}

TEST_CASE("a region is one place, or one for each zone") {
  AciSettings settings{};
  settings.region = "East US";
  settings.subscription = "s";
  CHECK(places(settings) == std::vector<Place>{{.subscription = "s", .region = "eastus"}});
  settings.zones = {"1", "3"};
  REQUIRE(places(settings).size() == 2);
  CHECK(places(settings)[1].zone == "3");
}

TEST_CASE("several places: zones, the fall back from zones, Spot, and scopes of their own") {
  AciSettings settings{};
  settings.subscription = "s";
  settings.resource_group = "burst";
  settings.places = {
      {.region = "East US", .zones = {"1", "2"}, .falls_back_from_zones = true},
      {.region = "westeurope", .priority = Priority::spot},
      {.subscription = "other", .resource_group = "far", .region = "westus", .latency = 70ms}};
  std::string words{};
  for (const Place& place : places(settings)) words += to_string(place) + "; ";
  CHECK(words == "eastus/1; eastus/2; eastus; westeurope spot; westus; ");
  CHECK(scopes(settings) == std::vector<Scope>{{"s", "burst"}, {"other", "far"}});
  CHECK(scope_of(settings, places(settings)[4]) == Scope{"other", "far"});
  CHECK(scope_of(settings, {.region = "nowhere"}) == Scope{"s", "burst"});
  CHECK(latency_of(settings, places(settings)[4]) == Duration{70ms});
}

TEST_CASE("list prices are followed unless the endpoint is somebody else's") {
  AciSettings settings{};
  CHECK(price_list_of(settings) == "https://prices.azure.com");
  settings.endpoint = "https://management.azure.com/";
  CHECK(price_list_of(settings) == "https://prices.azure.com");
  settings.endpoint = "http://127.0.0.1:8080";
  CHECK(price_list_of(settings).empty());
  settings.prices_endpoint = "http://127.0.0.1:8080";
  CHECK(price_list_of(settings) == "http://127.0.0.1:8080");
  settings = {};
  settings.cloud = AzureCloud::china;
  CHECK(price_list_of(settings).empty());
}

TEST_CASE("before any price list was read, the dated one counts, unless a price is written down") {
  AciSettings settings{};
  const Place sweden{.subscription = "s", .region = "swedencentral"};
  const GroupSize size{.vcpu = 1.0, .memory_gb = 1.0};
  CHECK(price_of(settings, sweden, PriceKind::standard, size, dated_prices(settings))
            .per_hour.usd() == doctest::Approx(0.0466 + 0.00511));
  settings.vcpu_price = HourlyPrice{usd(0.03)};
  CHECK(dated_prices(settings).is_empty());
  settings = {};
  settings.endpoint = "http://127.0.0.1:8080";
  CHECK(dated_prices(settings).is_empty());
}

TEST_CASE("a savings plan lowers list prices of regular groups only") {
  AciSettings settings{};
  settings.savings_plan = 0.27;
  settings.places = {{.region = "eastus"},
                     {.region = "westus2", .priority = Priority::spot},
                     {.region = "westus", .vcpu_price = HourlyPrice{usd(0.05)}}};
  const GroupSize size{.vcpu = 1.0, .memory_gb = 1.0};
  const PriceBook none{};
  const double list{0.0405 + 0.00445};
  CHECK(price_of(settings, {.region = "eastus"}, PriceKind::standard, size, none).per_hour.usd() ==
        doctest::Approx(list * 0.73));
  CHECK(price_of(settings, {.region = "westus2", .priority = Priority::spot}, PriceKind::spot, size,
                 none)
            .per_hour.usd() == doctest::Approx(list * 0.3));
  CHECK(price_of(settings, {.region = "westus"}, PriceKind::standard, size, none).per_hour.usd() ==
        doctest::Approx(0.05 + 0.00445));
}

TEST_CASE("each region has its own subnet for a workload that is in one") {
  AciSettings settings{};
  settings.subscription = "s";
  settings.places = {{.region = "eastus", .subnet_id = "/subscriptions/s/east"},
                     {.region = "westus"},
                     {.region = "eastus", .priority = Priority::spot}};
  ReplicaTemplate replica{};
  CHECK(in_place(settings, {.subscription = "s", .region = "eastus"}, replica).subnet_id.empty());
  replica.subnet_id = "/subscriptions/s/own";
  CHECK(in_place(settings, {.subscription = "s", .region = "eastus"}, replica).subnet_id ==
        "/subscriptions/s/east");
  CHECK(in_place(settings, {.subscription = "s", .region = "westus"}, replica).subnet_id ==
        "/subscriptions/s/own");
  const Place spot{.subscription = "s", .region = "eastus", .priority = Priority::spot};
  CHECK(in_place(settings, spot, replica).subnet_id == "/subscriptions/s/own");
}

}  // namespace
}  // namespace spillway::aci::aci_settings_test
