// `Microsoft.Resources/tags/default` of container groups and resource groups: what `az tag` and the
// SDKs' tags operations read and change.
#include <algorithm>
#include <array>
#include <vector>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/json_at.hpp"
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

#define SPILLWAY_PLACE "/subscriptions/{subscription}/resourceGroups/{resourceGroup}"
#define SPILLWAY_TAGS "/providers/Microsoft.Resources/tags/default"
#define SPILLWAY_GROUP "/providers/Microsoft.ContainerInstance/containerGroups/{group}"

constexpr auto any{Versions::any};
constexpr std::array routes{
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
