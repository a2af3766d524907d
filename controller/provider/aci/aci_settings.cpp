#include "controller/provider/aci/aci_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "controller/core/error.hpp"
#include "controller/io/http.hpp"
#include "controller/io/url.hpp"
#include "controller/provider/aci/dated_prices.hpp"
#include "controller/provider/aci/identity.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

/// A GUID in its usual spelling: a subscription's display name is no way to name it.
bool is_subscription(std::string_view text) {
  constexpr std::string_view shape{"00000000-0000-0000-0000-000000000000"};
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(), [](char c, char as) {
    if (as == '-') return c == '-';
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 64 && consists_of(text, "");
}

bool is_api_version(std::string_view text) {
  return text.size() >= 10 && text.size() <= 32 && consists_of(text, "-");
}

bool is_zone(std::string_view text) {
  return text == "1" || text == "2" || text == "3";
}

TextRule subscription_rule() {
  return {.max_length = 128,
          .expected = "a subscription id such as 00000000-0000-0000-0000-000000000000",
          .is_valid = is_subscription};
}

constexpr std::string_view subscription_help{
    "Azure subscription that runs and pays the burst groups. Left out: the environment's "
    "AZURE_SUBSCRIPTION_ID."};

TextRule region_rule() {
  return {.max_length = 64,
          .expected = "a region's short name such as eastus",
          .is_valid = [](std::string_view text) { return text.empty() || is_region(text); }};
}

TextRule resource_group_rule() {
  return {.max_length = 90,
          .expected = "1-90 letters, digits, - _ . ( ), no . last",
          .is_valid = [](std::string_view text) {
            return text.empty() || is_resource_group_name(text);
          }};
}

TextRule zone_rule() {
  return {.max_length = 1, .expected = "a zone's number: 1, 2 or 3", .is_valid = is_zone};
}

void describe_where(Fields& fields, AciSettings& settings) {
  fields.text("subscription", settings.subscription, subscription_rule(), subscription_help);
  TextRule resource_group{resource_group_rule()};
  resource_group.presence = Presence::required;
  fields.text("resource_group", settings.resource_group, resource_group,
              "Resource group that holds the burst groups. It must exist; one of its own keeps the "
              "role assignment small. After a change, and a restart, the old one is looked after "
              "until nothing of ours is left in it, which takes the rights there.");
  fields.text("region", settings.region, region_rule(), "Azure region, near the cluster.");
  fields.texts(
      "zones", settings.zones, zone_rule(),
      "Availability zones to use, each an offer of its own. Left out: Azure chooses, which "
      "finds capacity more often.");
  list_of(fields, "places", settings.places, Presence::optional,
          "Several regions, instead of `region` and `zones`; the workload's placement ranks them.");
  const bool has_region{!settings.region.empty()};
  fields.require(has_region != !settings.places.empty(),
                 "set either \"region\" or \"places\": one of them, and not both");
  fields.require(settings.zones.empty() || has_region, "\"zones\" needs \"region\"");
}

void describe_endpoints(Fields& fields, AciSettings& settings) {
  constexpr std::string_view url{"https://HOST, or http:// on loopback"};
  const TextRule url_rule{
      .max_length = 512, .expected = url, .is_valid = [](std::string_view text) {
        return text.empty() || is_endpoint_url(text);
      }};
  choose(
      fields, "cloud", settings.cloud, cloud_names,
      "Which of Azure's clouds: gives endpoint, authority and audience where they are left out.");
  fields.text("endpoint", settings.endpoint, url_rule,
              "Azure Resource Manager. Left out: the cloud's; another one for tests.");
  fields.text("audience", settings.audience, url_rule,
              "For whom tokens are asked. Left out: the cloud's Resource Manager.");
  fields.text("authority", settings.authority, url_rule,
              "Where tokens come from. Left out: AZURE_AUTHORITY_HOST, else the cloud's, which is "
              "https://login.microsoftonline.com for the public one.");
  fields.text("ca_file", settings.ca_file, {},
              "PEM file of the authorities to trust instead of the system's.");
  fields.text(
      "api_version", settings.api_version,
      {.max_length = 32, .expected = "a date such as 2025-09-01", .is_valid = is_api_version},
      "Version of the Container Instances API; answers are read as of 2025-09-01.");
  fields.duration("timeout", settings.timeout,
                  {.min = std::chrono::seconds{1}, .max = std::chrono::minutes{2}},
                  "Longest wait for one answer.");
}

void describe_window(Fields& fields, WindowLimits& limits) {
  fields.count("per_5_minutes", limits.per_5_minutes, {.min = 1, .max = 100'000},
               "In any five minutes.");
  fields.count("per_hour", limits.per_hour, {.min = 1, .max = 1'000'000}, "In any hour.");
}

}  // namespace

bool is_endpoint_url(std::string_view text) {
  const auto url = io::parse_url(text);
  if (!url || url->target.find('?') != std::string::npos) return false;
  if (url->scheme == "https") return true;
  // A name such as 127.evil.example is no address: only digits and dots are.
  const bool is_loopback_address{url->host.starts_with("127.") &&
                                 url->host.find_first_not_of("0123456789.") == std::string::npos};
  const bool is_loopback{is_loopback_address || url->host == "localhost" || url->host == "::1"};
  return url->scheme == "http" && is_loopback;
}

bool is_resource_group_name(std::string_view name) {
  return !name.empty() && name.size() <= 90 && name.back() != '.' && consists_of(name, "-_.()");
}

void describe(Fields& fields, AciSettings& settings) {
  describe_where(fields, settings);
  describe_identity(fields, settings);
  describe_endpoints(fields, settings);
  fields.section(
      "creates", [&](Fields& section) { describe_window(section, settings.creates); },
      "Group creates that the subscription may make in the region; Azure grants more on request.");
  fields.section(
      "deletes", [&](Fields& section) { describe_window(section, settings.deletes); },
      "Group deletes, likewise.");
  fields.text(
      "price_table", settings.price_table, {},
      "Prices by region, as `spillway prices --write FILE` keeps them. Left out: those that "
      "came with the program, for few regions; elsewhere the two prices below count.");
  fields.text(
      "prices_endpoint", settings.prices_endpoint,
      {.max_length = 512,
       .expected = "https://HOST, or http:// on loopback",
       .is_valid = [](std::string_view text) { return text.empty() || is_endpoint_url(text); }},
      "Where list prices are read once a day. Left out: Azure's public list; with another "
      "`endpoint` than Azure's, nowhere.");
  fields.ratio("savings_plan", settings.savings_plan, {.min = 0.0, .max = 0.9},
               "Share that a savings plan takes off the list price of regular groups: about 27 % "
               "for a year, 52 % for three. Spot has none.");
  fields.hourly_price("vcpu_price", settings.vcpu_price,
                      "Price of one vCPU. The default is the list price of East US.");
  fields.hourly_price("memory_gb_price", settings.memory_gb_price,
                      "Price of one GB of memory. The default is the list price of East US.");
}

AciSettings with_environment(AciSettings settings, const Environment& environment) {
  const auto fill = [&](std::string& value, std::string_view name) {
    if (value.empty()) value = environment(name).value_or("");
  };
  fill(settings.subscription, "AZURE_SUBSCRIPTION_ID");
  fill(settings.authority, "AZURE_AUTHORITY_HOST");
  fill_identity(settings, environment);
  return with_cloud(std::move(settings));
}

std::optional<std::string> environment_fault(const AciSettings& settings,
                                             const Environment& environment) {
  if (!settings.subscription.empty()) return std::nullopt;
  const std::string subscription{environment("AZURE_SUBSCRIPTION_ID").value_or("")};
  if (subscription.empty() || is_subscription(subscription)) return std::nullopt;
  return fmt::format("AZURE_SUBSCRIPTION_ID in the environment: \"{}\" is not valid; expected {}",
                     io::excerpt(subscription), subscription_rule().expected);
}

AciSettings with_cloud(AciSettings settings) {
  const CloudAddresses cloud{addresses_of(settings.cloud)};
  if (settings.endpoint.empty()) settings.endpoint = cloud.resource_manager;
  if (settings.authority.empty()) settings.authority = cloud.authority;
  if (settings.audience.empty()) settings.audience = cloud.resource_manager;
  while (settings.audience.ends_with('/')) settings.audience.pop_back();
  return settings;
}

std::vector<std::string> missing_settings(const AciSettings& settings) {
  std::vector<std::string> missing{};
  if (settings.subscription.empty()) {
    missing.emplace_back(
        "subscription is missing: set it, or AZURE_SUBSCRIPTION_ID in the environment");
  }
  for (std::string& each : missing_identity(settings)) missing.push_back(std::move(each));
  // From the environment it was not checked by the reader.
  if (!settings.authority.empty() && !is_endpoint_url(settings.authority)) {
    missing.push_back("authority (or AZURE_AUTHORITY_HOST) should be an https:// URL");
  }
  return missing;
}

void describe(Fields& fields, PlaceSettings& settings) {
  static constexpr std::array<std::string_view, 2> priorities{"regular", "spot"};
  TextRule region{region_rule()};
  region.presence = Presence::required;
  fields.text("region", settings.region, region, "Azure region.");
  fields.texts("zones", settings.zones, zone_rule(), "Availability zones, each an offer.");
  fields.flag("falls_back_from_zones", settings.falls_back_from_zones,
              "Also offer the region without a zone, where capacity is found more often.");
  choose(fields, "priority", settings.priority, priorities,
         "`spot` costs a third, is evicted at any time, has no address, and is for workers only.");
  fields.duration(
      "latency", settings.latency, {.max = std::chrono::seconds{10}},
      "Round trip from the cluster, for the placement; 0s: as the probes of groups there show.");
  fields.text("subscription", settings.subscription, subscription_rule(),
              "Left out: the provider's.");
  fields.text("resource_group", settings.resource_group, resource_group_rule(),
              "Left out: the provider's.");
  fields.text("subnet_id", settings.subnet_id,
              {.max_length = 512,
               .expected = "the ARM id of a subnet",
               .is_valid =
                   [](std::string_view text) {
                     return text.empty() || text.starts_with("/subscriptions/");
                   }},
              "Subnet of this region, for workloads that have a `subnet_id`. Left out: theirs.");
  fields.hourly_price("vcpu_price", settings.vcpu_price,
                      "Price of one vCPU here. Left out: the list price.");
  fields.hourly_price("memory_gb_price", settings.memory_gb_price,
                      "Price of one GB of memory here. Left out: the list price.");
}

std::vector<PlaceSettings> resolved_places(const AciSettings& settings) {
  std::vector<PlaceSettings> found{settings.places};
  if (found.empty()) found.push_back({.region = settings.region, .zones = settings.zones});
  for (PlaceSettings& each : found) {
    if (each.subscription.empty()) each.subscription = settings.subscription;
    if (each.resource_group.empty()) each.resource_group = settings.resource_group;
    each.region = region_name(each.region);
  }
  return found;
}

std::vector<Place> places(const AciSettings& settings) {
  std::vector<Place> found{};
  const auto add = [&](Place place) {
    if (std::ranges::find(found, place) == found.end()) found.push_back(std::move(place));
  };
  for (const PlaceSettings& each : resolved_places(settings)) {
    Place place{.subscription = each.subscription, .region = each.region};
    place.priority = each.priority;
    for (const std::string& zone : each.zones) {
      place.zone = zone;
      add(place);
    }
    place.zone.clear();
    if (each.zones.empty() || each.falls_back_from_zones) add(place);
  }
  return found;
}

Duration latency_of(const AciSettings& settings, const Place& place) {
  for (const PlaceSettings& each : resolved_places(settings)) {
    if (each.region == region_name(place.region)) return each.latency;
  }
  return {};
}

Scope scope_of(const AciSettings& settings, const Place& place) {
  for (const PlaceSettings& each : resolved_places(settings)) {
    const bool is_here{each.region == region_name(place.region) &&
                       each.priority == place.priority &&
                       (place.subscription.empty() ||
                        equals_ignoring_case(each.subscription, place.subscription))};
    if (is_here) return {each.subscription, each.resource_group};
  }
  return {settings.subscription, settings.resource_group};
}

std::vector<Scope> scopes(const AciSettings& settings) {
  std::vector<Scope> found{};
  for (const PlaceSettings& each : resolved_places(settings)) {
    Scope scope{each.subscription, each.resource_group};
    if (std::ranges::find(found, scope) == found.end()) found.push_back(std::move(scope));
  }
  return found;
}

std::string price_list_of(const AciSettings& settings) {
  if (!settings.prices_endpoint.empty()) return settings.prices_endpoint;
  const CloudAddresses cloud{addresses_of(settings.cloud)};
  std::string_view endpoint{settings.endpoint};
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  const bool is_azure{endpoint.empty() || equals_ignoring_case(endpoint, cloud.resource_manager)};
  return is_azure ? std::string{cloud.prices} : std::string{};
}

PriceBook dated_prices(const AciSettings& settings) {
  const AciSettings usual{};
  const bool is_public{!price_list_of(settings).empty() && settings.prices_endpoint.empty()};
  const bool has_own{settings.vcpu_price != usual.vcpu_price ||
                     settings.memory_gb_price != usual.memory_gb_price};
  if (!is_public || has_own) return {};
  auto book = PriceBook::from_table(dated_price_table());
  SPILLWAY_ASSERT(book.has_value());
  return std::move(*book);
}

ReplicaTemplate in_place(const AciSettings& settings, const Place& place, ReplicaTemplate replica) {
  if (replica.subnet_id.empty() || place.priority == Priority::spot) return replica;
  for (const PlaceSettings& each : resolved_places(settings)) {
    const bool is_here{each.region == region_name(place.region) &&
                       each.priority == place.priority &&
                       (place.subscription.empty() ||
                        equals_ignoring_case(each.subscription, place.subscription))};
    if (!is_here) continue;
    if (!each.subnet_id.empty()) replica.subnet_id = each.subnet_id;
    break;
  }
  return replica;
}

HourlyPrice price_of(const AciSettings& settings, const Place& place, PriceKind kind,
                     const GroupSize& size, const PriceBook& book) {
  // 70 % off: Retail Prices API, East US, 2026-10-09.
  constexpr double spot_share{0.3};
  Rates rates{settings.vcpu_price.value_or(HourlyPrice{}).per_hour.usd(),
              settings.memory_gb_price.value_or(HourlyPrice{}).per_hour.usd()};
  if (kind == PriceKind::spot) {
    rates.vcpu_hour *= spot_share;
    rates.memory_gb_hour *= spot_share;
  }
  if (const auto quote = book.find(place.region, kind)) rates = quote->rates;
  double savings{kind == PriceKind::spot ? 0.0 : settings.savings_plan};
  for (const PlaceSettings& each : resolved_places(settings)) {
    if (each.region != region_name(place.region) || each.priority != place.priority) continue;
    // A price that a person wrote down is what is paid.
    if (each.vcpu_price || each.memory_gb_price) savings = 0.0;
    if (each.vcpu_price) rates.vcpu_hour = each.vcpu_price->per_hour.usd();
    if (each.memory_gb_price) rates.memory_gb_hour = each.memory_gb_price->per_hour.usd();
    break;
  }
  return group_price(rates, size, savings);
}

}  // namespace spillway::aci
