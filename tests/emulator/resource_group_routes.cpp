#include <fmt/format.h>

#include <array>
#include <boost/json/parse.hpp>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/naming.hpp"
#include "tests/emulator/paging.hpp"
#include "tests/emulator/subscriptions.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
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
      {"properties", {{"provisioningState", "Succeeded"}}}};
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
  if (const json::value * tags{body.as_object().if_contains("tags")}; tags && tags->is_object()) {
    group.tags = tags->get_object();
  }
  const auto [entry, is_new]{call.world.resource_groups.insert_or_assign(called_key(call), group)};
  return json_response(is_new ? 201 : 200, show_resource_group(entry->second));
}

/// Deletes what is in it, too; the name is free at once, its groups take their time to go.
Response delete_resource_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  std::vector<std::string> doomed;
  for (const auto& [key, group] : call.world.groups()) {
    if (key.starts_with(called_key(call) + "/") && group.phase != Phase::deleting) {
      doomed.push_back(key);
    }
  }
  for (const std::string& key : doomed) call.world.delete_group(key);
  call.world.resource_groups.erase(called_key(call));
  return empty_response(200);
}

Response list_resource_groups(const Call& call) {
  std::vector<Page::Row> rows;
  for (const auto& [key, group] : call.world.resource_groups) {
    if (!equal_text(group.subscription, call.capture("subscription"))) continue;
    rows.push_back(
        {.key = key, .show = [&shown = group] { return json::value(show_resource_group(shown)); }});
  }
  return paged(call, rows);
}

/// Container groups as generic resources: what inventories of a subscription look at.
Response list_resources(const Call& call) {
  const auto in_group{call.captures.find("resourceGroup")};
  std::vector<Page::Row> rows;
  for (const Group* group : call.world.listed_groups(call.capture("subscription"))) {
    if (in_group != call.captures.end() && !equal_text(group->resource_group, in_group->second)) {
      continue;
    }
    rows.push_back({.key = group_key(group->subscription, group->resource_group, group->name),
                    .show = [group] {
                      json::object shown{{"id", resource_id(*group)},
                                         {"name", group->name},
                                         {"type", "Microsoft.ContainerInstance/containerGroups"},
                                         {"location", group->region}};
                      if (const json::value * tags{group->definition.if_contains("tags")}) {
                        shown["tags"] = *tags;
                      }
                      return json::value(std::move(shown));
                    }});
  }
  return paged(call, rows);
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
    Route{"DELETE", SPILLWAY_RESOURCE_GROUP, "ResourceGroups_Delete", any, delete_resource_group},
    Route{"GET", "/subscriptions/{subscription}/resources", "Resources_List", any, list_resources},
    Route{"GET", SPILLWAY_RESOURCE_GROUP "/resources", "Resources_ListByResourceGroup", any,
          list_resources},
};

}  // namespace

std::span<const Route> resource_group_routes() {
  return routes;
}

}  // namespace spillway::emulator
