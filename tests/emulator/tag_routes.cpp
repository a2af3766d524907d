// `Microsoft.Resources/tags/default` of container groups, resource groups and subscriptions, and
// the names in use in a subscription: what `az tag` and the SDKs' tags operations read and change.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/paging.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace tag_calls {
namespace {

namespace json = boost::json;

/// Whose tags the call is about.
struct Tagged {
  json::object* tags;
  std::string id;
};

Outcome<Tagged> called_tags(const Call& call) {
  if (!call.captures.contains("resourceGroup")) {
    const std::string& subscription{call.capture("subscription")};
    return Tagged{&call.world.subscription_tags[lower_text(subscription)],
                  "/subscriptions/" + subscription};
  }
  if (auto error{missing_resource_group(call)}) return *std::move(error);
  const std::string place{"/subscriptions/" + call.capture("subscription") + "/resourceGroups/" +
                          call.capture("resourceGroup")};
  if (!call.captures.contains("group")) {
    const std::string key{
        lower_text(call.capture("subscription") + "/" + call.capture("resourceGroup"))};
    return Tagged{&call.world.resource_groups.at(key).tags, place};
  }
  Group* const group{call.world.find_group(called_group(call))};
  if (group == nullptr) return group_not_found(call);
  json::value& tags{group->definition["tags"]};
  if (!tags.is_object()) tags = json::object{};
  return Tagged{&tags.get_object(),
                place + "/providers/Microsoft.ContainerInstance/containerGroups/" + group->name};
}

Response show(const Tagged& tagged) {
  return json_response(200, {{"id", tagged.id + "/providers/Microsoft.Resources/tags/default"},
                             {"name", "default"},
                             {"type", "Microsoft.Resources/tags"},
                             {"properties", {{"tags", *tagged.tags}}}});
}

/// Tag names compare without case.
void erase_tag(json::object& tags, std::string_view name) {
  std::vector<std::string> doomed{};
  for (const auto& [key, value] : tags) {
    if (equal_text(key, name)) doomed.emplace_back(key);
  }
  for (const std::string& key : doomed) tags.erase(key);
}

Response get_tags(const Call& call) {
  const auto tagged{called_tags(call)};
  return tagged ? show(*tagged) : to_response(tagged.error());
}

/// PUT replaces; PATCH does what its `operation` says.
Response change_tags(const Call& call) {
  const auto tagged{called_tags(call)};
  if (!tagged) return to_response(tagged.error());
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  const auto sent{patched_tags(json::value(object_at(body->get_object(), "properties")))};
  if (!sent) return to_response(sent.error());
  const json::object tags{*sent ? **sent : json::object{}};
  const bool is_put{call.request.method == "PUT"};
  const std::string operation{is_put ? "Replace" : text_at(body->get_object(), "operation")};
  if (operation == "Replace") {
    *tagged->tags = tags;
  } else if (operation == "Merge" || operation == "Delete") {
    for (const auto& [name, value] : tags) {
      erase_tag(*tagged->tags, name);
      if (operation == "Merge") (*tagged->tags)[name] = value;
    }
  } else {
    return to_response(bad_request("InvalidTagsPatchOperation",
                                   "The operation of a tags PATCH is Merge, Replace or Delete.",
                                   "operation"));
  }
  return show(*tagged);
}

Response delete_tags(const Call& call) {
  const auto tagged{called_tags(call)};
  if (!tagged) return to_response(tagged.error());
  tagged->tags->clear();
  return empty_response(200);
}

json::object total(std::size_t count) {
  return {{"type", "Total"}, {"value", count}};
}

/// Every tag name in use, with its values and how often each is used.
Response list_tag_names(const Call& call) {
  const std::string& subscription{call.capture("subscription")};
  std::map<std::string, std::map<std::string, std::size_t>> used;
  const auto count{[&](const json::object& tags) {
    for (const auto& [name, value] : tags) ++used[name][std::string{value.as_string()}];
  }};
  for (const Group* group : call.world.listed_groups(subscription)) {
    count(object_at(group->definition, "tags"));
  }
  for (const auto& [key, group] : call.world.resource_groups) {
    if (equal_text(group.subscription, subscription)) count(group.tags);
  }
  std::vector<Page::Row> rows;
  for (const auto& [name, values] : used) {
    const std::string id{fmt::format("/subscriptions/{}/tagNames/{}", subscription, name)};
    json::array shown;
    std::size_t all{0};
    for (const auto& [value, times] : values) {
      shown.push_back({{"id", fmt::format("{}/tagValues/{}", id, value)},
                       {"tagValue", value},
                       {"count", total(times)}});
      all += times;
    }
    const json::object row{
        {"id", id}, {"tagName", name}, {"count", total(all)}, {"values", std::move(shown)}};
    rows.push_back({.key = name, .show = [row] { return json::value(row); }});
  }
  return paged(call, rows);
}

#define SPILLWAY_SUBSCRIPTION "/subscriptions/{subscription}"
#define SPILLWAY_PLACE SPILLWAY_SUBSCRIPTION "/resourceGroups/{resourceGroup}"
#define SPILLWAY_TAGS "/providers/Microsoft.Resources/tags/default"
#define SPILLWAY_GROUP "/providers/Microsoft.ContainerInstance/containerGroups/{group}"

constexpr auto any{Versions::any};
constexpr std::array routes{
    Route{"GET", "/subscriptions/{subscription}/tagNames", "Tags_List", any, list_tag_names},
    Route{"GET", SPILLWAY_SUBSCRIPTION SPILLWAY_TAGS, "Tags_GetAtScope", any, get_tags},
    Route{"PUT", SPILLWAY_SUBSCRIPTION SPILLWAY_TAGS, "Tags_CreateOrUpdateAtScope", any,
          change_tags},
    Route{"PATCH", SPILLWAY_SUBSCRIPTION SPILLWAY_TAGS, "Tags_UpdateAtScope", any, change_tags},
    Route{"DELETE", SPILLWAY_SUBSCRIPTION SPILLWAY_TAGS, "Tags_DeleteAtScope", any, delete_tags},
    Route{"GET", SPILLWAY_PLACE SPILLWAY_TAGS, "Tags_GetAtScope", any, get_tags},
    Route{"PUT", SPILLWAY_PLACE SPILLWAY_TAGS, "Tags_CreateOrUpdateAtScope", any, change_tags},
    Route{"PATCH", SPILLWAY_PLACE SPILLWAY_TAGS, "Tags_UpdateAtScope", any, change_tags},
    Route{"DELETE", SPILLWAY_PLACE SPILLWAY_TAGS, "Tags_DeleteAtScope", any, delete_tags},
    Route{"GET", SPILLWAY_PLACE SPILLWAY_GROUP SPILLWAY_TAGS, "Tags_GetAtScope", any, get_tags},
    Route{"PUT", SPILLWAY_PLACE SPILLWAY_GROUP SPILLWAY_TAGS, "Tags_CreateOrUpdateAtScope", any,
          change_tags},
    Route{"PATCH", SPILLWAY_PLACE SPILLWAY_GROUP SPILLWAY_TAGS, "Tags_UpdateAtScope", any,
          change_tags},
    Route{"DELETE", SPILLWAY_PLACE SPILLWAY_GROUP SPILLWAY_TAGS, "Tags_DeleteAtScope", any,
          delete_tags},
};

}  // namespace
}  // namespace tag_calls

std::span<const Route> tag_routes() {
  return tag_calls::routes;
}

}  // namespace spillway::emulator
