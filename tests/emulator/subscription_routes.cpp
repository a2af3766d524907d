#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/emulator/naming.hpp"
#include "tests/emulator/subscriptions.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {
namespace subscription_calls {
namespace {

namespace json = boost::json;

json::object show_subscription(const Call& call, const std::string& id) {
  const std::string& tenant{call.world.options.tenant};
  json::object shown{{"id", "/subscriptions/" + id},
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
  const auto tags{call.world.subscription_tags.find(lower_text(id))};
  if (tags != call.world.subscription_tags.end() && !tags->second.empty()) {
    shown["tags"] = tags->second;
  }
  return shown;
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
    const RegionNames names{names_of_region(region)};
    value.push_back(
        {{"id",
          fmt::format("/subscriptions/{}/locations/{}", call.capture("subscription"), region)},
         {"name", region},
         {"type", "Region"},
         {"displayName", names.display},
         {"regionalDisplayName", fmt::format("({}) {}", names.geography, names.display)},
         {"metadata",
          {{"regionType", "Physical"},
           {"regionCategory", "Recommended"},
           {"geographyGroup", names.geography}}}});
  }
  return json_response(200, {{"value", std::move(value)}});
}

struct Provider {
  std::string_view name;
  std::string_view types;     ///< separated by blanks
  std::string_view versions;  ///< newest first; empty: those of container groups
};

constexpr std::array providers{
    Provider{"Microsoft.ContainerInstance",
             "containerGroups containerGroupProfiles containerGroupProfiles/revisions locations "
             "locations/usages locations/capabilities locations/cachedImages locations/operations "
             "locations/operationResults serviceAssociationLinks operations",
             ""},
    Provider{"Microsoft.StandbyPool",
             "standbyContainerGroupPools standbyContainerGroupPools/runtimeViews "
             "standbyVirtualMachinePools operations locations locations/operationStatuses",
             "2026-04-01 2025-10-01 2025-03-01 2024-03-01"},
    Provider{"Microsoft.Compute",
             "virtualMachineScaleSets virtualMachineScaleSets/virtualMachines virtualMachines "
             "locations locations/usages locations/operations",
             "2024-11-01 2024-07-01 2024-03-01 2023-09-01 2022-11-01 2021-07-01"},
    Provider{"Microsoft.Resources",
             "subscriptions resourceGroups subscriptions/resourceGroups subscriptions/providers "
             "tenants deployments tags",
             "2024-11-01 2024-03-01 2022-09-01 2021-04-01 2020-06-01 2019-10-01"},
    Provider{"Microsoft.Authorization", "permissions roleAssignments roleDefinitions locks",
             "2022-04-01 2018-07-01"},
    Provider{"Microsoft.Network",
             "virtualNetworks networkProfiles publicIPAddresses loadBalancers applicationGateways",
             "2024-05-01 2023-11-01"},
    Provider{"Microsoft.Storage", "storageAccounts", "2024-01-01 2023-05-01"},
    Provider{"Microsoft.ManagedIdentity", "userAssignedIdentities", "2023-01-31 2018-11-30"},
    Provider{"Microsoft.OperationalInsights", "workspaces", "2023-09-01 2022-10-01"},
    Provider{"Microsoft.Insights", "components metrics", "2021-05-01 2020-02-02"},
    Provider{"Microsoft.KeyVault", "vaults", "2023-07-01"},
    Provider{"Microsoft.ContainerRegistry", "registries", "2023-07-01"},
};

/// Newest first: clients that look a version up here take the first that is no preview.
json::array versions_of(const Call& call, const Provider& provider) {
  json::array versions;
  if (provider.versions.empty()) {
    const auto& known{call.world.options.api_versions};
    std::vector<std::string> newest(known.begin(), known.end());
    std::sort(newest.rbegin(), newest.rend());
    for (const std::string& version : newest) versions.emplace_back(version);
    return versions;
  }
  for (std::string_view left{provider.versions}; !left.empty();) {
    const std::string_view version{left.substr(0, left.find(' '))};
    left.remove_prefix(std::min(left.size(), version.size() + 1));
    versions.emplace_back(version);
  }
  return versions;
}

/// Registering takes a while; real providers take minutes.
constexpr std::chrono::seconds registration_time{60};

std::string registration_key(const Call& call, std::string_view provider) {
  return lower_text(fmt::format("{}/{}", call.capture("subscription"), provider));
}

std::string registration_state(const Call& call, std::string_view provider) {
  if (!call.captures.contains("subscription")) return "Registered";
  const auto found{call.world.registrations.find(registration_key(call, provider))};
  if (found == call.world.registrations.end()) return "Registered";
  if (!found->second) return "NotRegistered";
  return call.world.now() < *found->second ? "Registering" : "Registered";
}

json::object show_provider(const Call& call, const Provider& provider) {
  json::array regions, types;
  for (const std::string& region : call.world.options.regions) regions.emplace_back(region);
  const json::array versions = versions_of(call, provider);  // in braces: an array in an array
  for (std::string_view left{provider.types}; !left.empty();) {
    const std::string_view type{left.substr(0, left.find(' '))};
    left.remove_prefix(std::min(left.size(), type.size() + 1));
    types.push_back({{"resourceType", type},
                     {"locations", regions},
                     {"apiVersions", versions},
                     {"capabilities", "CrossResourceGroupResourceMove, SupportsTags"}});
  }
  json::object shown{{"namespace", provider.name},
                     {"registrationPolicy", "RegistrationRequired"},
                     {"resourceTypes", std::move(types)},
                     {"registrationState", registration_state(call, provider.name)}};
  if (call.captures.contains("subscription")) {
    shown["id"] =
        fmt::format("/subscriptions/{}/providers/{}", call.capture("subscription"), provider.name);
  }
  return shown;
}

Response list_providers(const Call& call) {
  json::array value;
  for (const Provider& provider : providers) value.push_back(show_provider(call, provider));
  return json_response(200, {{"value", std::move(value)}});
}

Response get_provider(const Call& call) {
  for (const Provider& provider : providers) {
    if (equal_text(call.capture("provider"), provider.name)) {
      return json_response(200, show_provider(call, provider));
    }
  }
  return to_response(
      not_found("InvalidResourceNamespace",
                fmt::format("The resource namespace '{}' is invalid.", call.capture("provider"))));
}

Response list_resource_types(const Call& call) {
  for (const Provider& provider : providers) {
    if (!equal_text(call.capture("provider"), provider.name)) continue;
    json::object shown{show_provider(call, provider)};
    return json_response(200, {{"value", std::move(shown["resourceTypes"])}});
  }
  return get_provider(call);
}

/// Every provider is registered at first; clients that register a long list of them may.
Response register_provider(const Call& call) {
  const std::string& name{call.capture("provider")};
  const auto missing{call.world.registrations.find(registration_key(call, name))};
  if (missing != call.world.registrations.end() && !missing->second) {
    missing->second = call.world.now() + registration_time;
  }
  if (!lower_text(name).starts_with("microsoft.")) return get_provider(call);
  for (const Provider& provider : providers) {
    if (equal_text(name, provider.name)) return get_provider(call);
  }
  return json_response(200, show_provider(call, {name, "", "2021-04-01"}));
}

Response unregister_provider(const Call& call) {
  if (has_provider(call.capture("provider"))) {
    call.world.registrations[registration_key(call, call.capture("provider"))] = std::nullopt;
  }
  return get_provider(call);
}

/// How a client that knows only our URL finds the rest. Old versions describe one cloud, those from
/// 2019 on a list of clouds, those from 2022 on one again. Who asks with 2015-01-01 (Python's
/// msrestazure, so Ansible and the Azure CLI) would ask login.microsoftonline.com whether an
/// authority may be trusted that is not AD FS's, as that of a disconnected Azure Stack is. In the
/// others the tenant is "common": with another, Terraform takes the cloud for an Azure Stack.
Response metadata(const Call& call) {
  const std::string& base{call.request.base_url};
  const std::string version{call.url.parameter("api-version").value_or("")};
  const json::array audiences{base, base + "/"};
  if (version < "2019") {
    return json_response(200, {{"galleryEndpoint", base},
                               {"graphEndpoint", base},
                               {"portalEndpoint", base},
                               {"authentication",
                                {{"loginEndpoint", version == "2015-01-01" ? base + "/adfs" : base},
                                 {"audiences", audiences}}}});
  }
  const json::object cloud{{"name", "AciEmulator"},
                           {"portal", base},
                           {"authentication",
                            {{"loginEndpoint", base},
                             {"audiences", audiences},
                             {"tenant", "common"},
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
                           {"gallery", base}};
  if (version < "2022") return json_response(200, json::array(1, cloud));
  return json_response(200, cloud);
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
          "Providers_Register", any, register_provider},
    Route{"POST", "/subscriptions/{subscription}/providers/{provider}/unregister",
          "Providers_Unregister", any, unregister_provider},
    Route{"GET", "/subscriptions/{subscription}/providers/{provider}/resourceTypes",
          "ProviderResourceTypes_List", any, list_resource_types},
    Route{"GET", "/providers", "Providers_ListAtTenantScope", any, list_providers},
    Route{"GET", "/providers/{provider}", "Providers_GetAtTenantScope", any, get_provider},
    Route{"GET", "/tenants", "Tenants_List", any, list_tenants},
    Route{"GET", "/metadata/endpoints", "Metadata", Versions::none, metadata},
};

}  // namespace
}  // namespace subscription_calls

bool has_provider(std::string_view name) {
  return std::any_of(
      subscription_calls::providers.begin(), subscription_calls::providers.end(),
      [&](const subscription_calls::Provider& each) { return equal_text(name, each.name); });
}

std::optional<ArmError> missing_registration(const Call& call) {
  if (call.request.method != "PUT" || !call.captures.contains("subscription")) return std::nullopt;
  const auto& segments{call.url.segments};
  const auto providers{std::find_if(segments.begin(), segments.end(), [](const std::string& word) {
    return equal_text(word, "providers");
  })};
  if (providers == segments.end() || providers + 1 == segments.end()) return std::nullopt;
  const std::string& name{providers[1]};
  if (subscription_calls::registration_state(call, name) == "Registered") return std::nullopt;
  return conflict("MissingSubscriptionRegistration",
                  fmt::format("The subscription is not registered to use namespace '{}'. See "
                              "https://aka.ms/rps-not-found for how to register subscriptions.",
                              name));
}

std::span<const Route> subscription_routes() {
  return subscription_calls::routes;
}

}  // namespace spillway::emulator
