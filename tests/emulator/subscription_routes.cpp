#include <fmt/format.h>

#include <array>

#include "tests/emulator/subscriptions.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

json::object show_subscription(const Call& call, const std::string& id) {
  const std::string& tenant{call.world.options.tenant};
  return {{"id", "/subscriptions/" + id},
          {"authorizationSource", "RoleBased"},
          {"managedByTenants", json::array{}},
          {"subscriptionId", id},
          {"tenantId", tenant},
          {"displayName", "Emulated subscription"},
          {"state", "Enabled"},
          {"subscriptionPolicies",
           {{"locationPlacementId", "Public_2014-09-01"},
            {"quotaId", "PayAsYouGo_2014-09-01"},
            {"spendingLimit", "Off"}}}};
}

Response list_subscriptions(const Call& call) {
  json::array value;
  for (const std::string& id : call.world.options.subscriptions) {
    value.push_back(show_subscription(call, id));
  }
  const json::object count{{"type", "Total"}, {"value", value.size()}};
  return json_response(200, {{"value", std::move(value)}, {"count", count}});
}

Response get_subscription(const Call& call) {
  return json_response(200, show_subscription(call, lower_text(call.capture("subscription"))));
}

Response list_tenants(const Call& call) {
  const std::string& tenant{call.world.options.tenant};
  return json_response(200, {{"value", json::array{{{"id", "/tenants/" + tenant},
                                                    {"tenantId", tenant},
                                                    {"tenantCategory", "Home"},
                                                    {"displayName", "Emulated directory"}}}}});
}

Response list_locations(const Call& call) {
  json::array value;
  for (const std::string& region : call.world.options.regions) {
    value.push_back(
        {{"id",
          fmt::format("/subscriptions/{}/locations/{}", call.capture("subscription"), region)},
         {"name", region},
         {"type", "Region"},
         {"displayName", region},
         {"regionalDisplayName", region},
         {"metadata", {{"regionType", "Physical"}, {"regionCategory", "Recommended"}}}});
  }
  return json_response(200, {{"value", std::move(value)}});
}

json::object show_provider(const Call& call, std::string_view name) {
  json::array versions, regions, types;
  for (const std::string& version : call.world.options.api_versions) versions.emplace_back(version);
  for (const std::string& region : call.world.options.regions) regions.emplace_back(region);
  const auto add{[&](std::string_view type) {
    types.push_back({{"resourceType", type}, {"locations", regions}, {"apiVersions", versions}});
  }};
  if (equal_text(name, "Microsoft.ContainerInstance")) {
    for (const auto type :
         {"containerGroups", "locations", "locations/usages", "locations/capabilities",
          "locations/cachedImages", "locations/operations", "operations"}) {
      add(type);
    }
  } else {
    add("resourceGroups");
  }
  return {{"id", fmt::format("/subscriptions/{}/providers/{}", call.capture("subscription"), name)},
          {"namespace", name},
          {"registrationPolicy", "RegistrationRequired"},
          {"resourceTypes", std::move(types)},
          {"registrationState", "Registered"}};
}

constexpr std::array providers{"Microsoft.ContainerInstance", "Microsoft.Resources"};

Response list_providers(const Call& call) {
  json::array value;
  for (const std::string_view name : providers) value.push_back(show_provider(call, name));
  return json_response(200, {{"value", std::move(value)}});
}

/// Also answers the registration of a provider: it is registered already.
Response get_provider(const Call& call) {
  for (const std::string_view name : providers) {
    if (equal_text(call.capture("provider"), name)) {
      return json_response(200, show_provider(call, name));
    }
  }
  return to_response(
      not_found("InvalidResourceNamespace",
                fmt::format("The resource namespace '{}' is invalid.", call.capture("provider"))));
}

/// How a client that knows only our URL finds the rest. Old versions describe one cloud, versions
/// from 2019 on a list of clouds.
Response metadata(const Call& call) {
  const std::string& base{call.request.base_url};
  const std::string version{call.url.parameter("api-version").value_or("")};
  const json::array audiences{base, base + "/"};
  if (version < "2019") {
    return json_response(200,
                         {{"galleryEndpoint", base},
                          {"graphEndpoint", base},
                          {"portalEndpoint", base},
                          {"authentication", {{"loginEndpoint", base}, {"audiences", audiences}}}});
  }
  return json_response(200, json::array{{{"name", "AciEmulator"},
                                         {"portal", base},
                                         {"authentication",
                                          {{"loginEndpoint", base},
                                           {"audiences", audiences},
                                           {"tenant", call.world.options.tenant},
                                           {"identityProvider", "AAD"}}},
                                         {"media", base},
                                         {"graphAudience", base},
                                         {"graph", base},
                                         {"microsoftGraphResourceId", base},
                                         {"suffixes", json::object{}},
                                         {"batch", base},
                                         {"resourceManager", base},
                                         {"vmImageAliasDoc", base},
                                         {"sqlManagement", base},
                                         {"gallery", base}}});
}

constexpr auto any{Versions::any};
constexpr std::array routes{
    Route{"GET", "/subscriptions", "Subscriptions_List", any, list_subscriptions},
    Route{"GET", "/subscriptions/{subscription}", "Subscriptions_Get", any, get_subscription},
    Route{"GET", "/subscriptions/{subscription}/locations", "Subscriptions_ListLocations", any,
          list_locations},
    Route{"GET", "/subscriptions/{subscription}/providers", "Providers_List", any, list_providers},
    Route{"GET", "/subscriptions/{subscription}/providers/{provider}", "Providers_Get", any,
          get_provider},
    Route{"POST", "/subscriptions/{subscription}/providers/{provider}/register",
          "Providers_Register", any, get_provider},
    Route{"GET", "/tenants", "Tenants_List", any, list_tenants},
    Route{"GET", "/metadata/endpoints", "Metadata", Versions::none, metadata},
};

}  // namespace

std::span<const Route> subscription_routes() {
  return routes;
}

}  // namespace spillway::emulator
