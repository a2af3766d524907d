#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/naming.hpp"
#include "tests/emulator/odata_filter.hpp"
#include "tests/emulator/paging.hpp"
#include "tests/emulator/subscriptions.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace resource_group_calls {
namespace {

namespace json = boost::json;

std::string called_key(const Call& call) {
  return lower_text(call.capture("subscription") + "/" + call.capture("resourceGroup"));
}

json::object show_resource_group(const ResourceGroup& group) {
  json::object shown{
      {"id", fmt::format("/subscriptions/{}/resourceGroups/{}", group.subscription, group.name)},
      {"name", group.name},
      {"type", "Microsoft.Resources/resourceGroups"},
      {"location", group.location},
      {"properties", {{"provisioningState", group.deleting ? "Deleting" : "Succeeded"}}}};
  if (!group.tags.empty()) shown["tags"] = group.tags;
  return shown;
}

Response get_resource_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  return json_response(200, show_resource_group(call.world.resource_groups.at(called_key(call))));
}

Response head_resource_group(const Call& call) {
  return empty_response(missing_resource_group(call) ? 404 : 204);
}

/// A resource group is where it was made, in a region that exists, and never on its way out.
std::optional<ArmError> misplaced(const Call& call, const ResourceGroup& group) {
  const auto& regions{call.world.options.regions};
  if (std::find(regions.begin(), regions.end(), group.location) == regions.end()) {
    return bad_request("LocationNotAvailableForResourceGroup",
                       fmt::format("The provided location '{}' is not available for resource "
                                   "group. List of available regions is '{}'.",
                                   group.location, fmt::join(regions, ",")));
  }
  const auto found{call.world.resource_groups.find(called_key(call))};
  if (found == call.world.resource_groups.end()) return std::nullopt;
  if (found->second.deleting) return resource_group_deleting(group.name);
  if (found->second.location == group.location) return std::nullopt;
  return conflict("InvalidResourceGroupLocation",
                  fmt::format("Invalid resource group location '{}'. The Resource group already "
                              "exists in location '{}'.",
                              group.location, found->second.location));
}

Response put_resource_group(const Call& call) {
  if (!is_resource_group_name(call.capture("resourceGroup"))) {
    return to_response(bad_request("InvalidResourceGroupName",
                                   "A resource group name has 1 to 90 letters, digits, and "
                                   "'-', '_', '.', '(', ')', with no dot at the end.",
                                   "resourceGroupName"));
  }
  boost::system::error_code error;
  const json::value body(json::parse(call.request.body, error));
  const json::value* location{
      error || !body.is_object() ? nullptr : body.as_object().if_contains("location")};
  if (location == nullptr || !location->is_string()) {
    return to_response(bad_request(
        "LocationRequired", "The location property is required for this definition.", "location"));
  }
  ResourceGroup group{.subscription = call.capture("subscription"),
                      .name = call.capture("resourceGroup"),
                      .location = region_name(location->as_string())};
  if (auto refusal{misplaced(call, group)}) return to_response(*refusal);
  auto tags{patched_tags(body)};
  if (!tags) return to_response(tags.error());
  if (*tags) group.tags = **std::move(tags);
  const auto [entry, is_new]{call.world.resource_groups.insert_or_assign(called_key(call), group)};
  return json_response(is_new ? 201 : 200, show_resource_group(entry->second));
}

Response patch_resource_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  auto tags{patched_tags(*body)};
  if (!tags) return to_response(tags.error());
  ResourceGroup& group{call.world.resource_groups.at(called_key(call))};
  if (*tags) group.tags = **std::move(tags);
  return json_response(200, show_resource_group(group));
}

/// Deletes what is in it, too. The name is free once the operation has ended.
Response delete_resource_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const Operation operation{call.world.delete_resource_group(called_key(call))};
  Response response{empty_response(202)};
  add_resource_group_polling(call, operation, response);
  return response;
}

/// `g` of `/subscriptions/s/resourceGroups/g/providers/...`.
std::string resource_group_of(const std::string& id) {
  constexpr std::string_view before{"/resourceGroups/"};
  const std::size_t from{id.find(before)};
  if (from == std::string::npos) return {};
  const std::size_t begin{from + before.size()};
  return id.substr(begin, id.find('/', begin) - begin);
}

/// The rows that the call's `$filter` lets through; 400 if that is none.
Response filtered(const Call& call, const std::vector<json::object>& rows) {
  const auto filter{ODataFilter::parse(call.url.parameter("$filter").value_or(""))};
  if (!filter) {
    return to_response(bad_request("InvalidFilterInQueryString",
                                   "Invalid $filter in the query string.", "$filter"));
  }
  std::vector<Page::Row> page;
  for (const json::object& row : rows) {
    const std::string id{text_at(row, "id")};
    const auto matches{[&](const std::string& tag, const std::string& tag_value) {
      return filter->matches(
          [&](std::string_view field) -> std::optional<std::string> {
            if (equal_text(field, "tagName")) return tag;
            if (equal_text(field, "tagValue")) return tag_value;
            if (equal_text(field, "resourceType")) return text_at(row, "type");
            if (equal_text(field, "resourceGroup")) return resource_group_of(id);
            if (!row.contains(field)) return std::nullopt;
            return text_at(row, field);
          },
          false);
    }};
    bool shown{matches("", "")};
    for (const auto& [name, value] : object_at(row, "tags")) {
      shown = shown || matches(std::string{name}, std::string{value.as_string()});
    }
    if (shown) page.push_back({.key = lower_text(id), .show = [&row] { return json::value(row); }});
  }
  std::sort(page.begin(), page.end(),
            [](const Page::Row& a, const Page::Row& b) { return a.key < b.key; });
  return paged(call, page);
}

Response list_resource_groups(const Call& call) {
  std::vector<json::object> rows;
  for (const auto& [key, group] : call.world.resource_groups) {
    if (!equal_text(group.subscription, call.capture("subscription"))) continue;
    rows.push_back(show_resource_group(group));
  }
  return filtered(call, rows);
}

/// Everything as generic resources: what inventories of a subscription look at.
Response list_resources(const Call& call) {
  const auto in_group{call.captures.find("resourceGroup")};
  const std::string prefix{
      in_group != call.captures.end()
          ? resource_group_prefix(call.capture("subscription"), in_group->second)
          : subscription_prefix(call.capture("subscription"))};
  const std::string expand{lower_text(call.url.parameter("$expand").value_or(""))};
  std::vector<json::object> rows;
  const auto add{[&](const std::string& id, std::string_view name, std::string_view type,
                     const json::object& definition, const json::object& more = {}) {
    if (!lower_text(id).starts_with(prefix)) return;
    json::object shown{{"id", id}, {"name", name}, {"type", type}};
    for (const auto key : {"location", "tags", "sku", "zones", "identity"}) {
      if (definition.contains(key)) shown[key] = definition.at(key);
    }
    for (const auto& [key, value] : more) {
      if (expand.find(lower_text(key)) != std::string::npos) shown[key] = value;
    }
    rows.push_back(std::move(shown));
  }};
  for (const Group* group : call.world.listed_groups(call.capture("subscription"))) {
    add(resource_id(*group), group->name, "Microsoft.ContainerInstance/containerGroups",
        group->definition,
        {{"createdTime", to_string(call.world.shown(group->created))},
         {"changedTime", to_string(call.world.shown(group->changed))},
         {"provisioningState", provisioning_state(*group)}});
  }
  for (const auto& [key, profile] : call.world.profiles) {
    add(profile.name.id(), profile.name.name, profile_type,
        show_profile(profile, profile.newest()));
  }
  for (const auto& [key, pool] : call.world.standby_pools) {
    add(pool.name.id(), pool.name.name, standby_pool_type, pool.definition);
  }
  for (const auto& [key, set] : call.world.scale_sets) {
    add(set.name.id(), set.name.name, scale_set_type, set.definition);
  }
  for (const auto& [key, kept] : call.world.kept) {
    if (kept.contains("location"))
      add(text_at(kept, "id"), text_at(kept, "name"), text_at(kept, "type"), kept);
  }
  return filtered(call, rows);
}

/// What the caller may do: everything, for there are no roles here.
Response permissions(const Call& call) {
  if (call.captures.contains("resourceGroup")) {
    if (auto error{missing_resource_group(call)}) return to_response(*error);
  }
  return json_response(200, {{"value", json::array{{{"actions", json::array{"*"}},
                                                    {"notActions", json::array{}},
                                                    {"dataActions", json::array{}},
                                                    {"notDataActions", json::array{}}}}}});
}

#define SPILLWAY_RESOURCE_GROUP "/subscriptions/{subscription}/resourceGroups/{resourceGroup}"

constexpr auto any{Versions::any};
constexpr std::array routes{
    Route{"GET", "/subscriptions/{subscription}/resourceGroups", "ResourceGroups_List", any,
          list_resource_groups},
    Route{"GET", SPILLWAY_RESOURCE_GROUP, "ResourceGroups_Get", any, get_resource_group},
    Route{"HEAD", SPILLWAY_RESOURCE_GROUP, "ResourceGroups_CheckExistence", any,
          head_resource_group},
    Route{"PUT", SPILLWAY_RESOURCE_GROUP, "ResourceGroups_CreateOrUpdate", any, put_resource_group},
    Route{"PATCH", SPILLWAY_RESOURCE_GROUP, "ResourceGroups_Update", any, patch_resource_group},
    Route{"DELETE", SPILLWAY_RESOURCE_GROUP, "ResourceGroups_Delete", any, delete_resource_group},
    Route{"GET", "/subscriptions/{subscription}/resources", "Resources_List", any, list_resources},
    Route{"GET", SPILLWAY_RESOURCE_GROUP "/resources", "Resources_ListByResourceGroup", any,
          list_resources},
    Route{"GET", SPILLWAY_RESOURCE_GROUP "/providers/Microsoft.Authorization/permissions",
          "Permissions_ListForResourceGroup", any, permissions},
    Route{"GET", "/subscriptions/{subscription}/providers/Microsoft.Authorization/permissions",
          "Permissions_ListForSubscription", any, permissions},
};

}  // namespace
}  // namespace resource_group_calls

std::span<const Route> resource_group_routes() {
  return resource_group_calls::routes;
}

}  // namespace spillway::emulator
