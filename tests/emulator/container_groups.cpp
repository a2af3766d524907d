#include "tests/emulator/container_groups.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/parse.hpp>

#include "tests/emulator/naming.hpp"
#include "tests/emulator/paging.hpp"
#include "tests/emulator/quotas.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/validation.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

#define SPILLWAY_ACI "/providers/Microsoft.ContainerInstance"
#define SPILLWAY_GROUPS \
  "/subscriptions/{subscription}/resourceGroups/{resourceGroup}" SPILLWAY_ACI "/containerGroups"

Outcome<json::value> read_body(const Call& call) {
  boost::system::error_code error;
  json::value body(json::parse(call.request.body, error));
  if (error || !body.is_object()) {
    return bad_request("InvalidRequestContent",
                       fmt::format("The request content was invalid and could not be deserialized: "
                                   "{}.",
                                   error ? error.message() : "expected a JSON object"));
  }
  return body;
}

Response show(const Call& call, unsigned status, const Group& group) {
  return json_response(status, show_group(group, call.world.view(Detail::full, call.api_version)));
}

std::optional<ArmError> label_taken(const Call& call, const Group& group) {
  const auto label_of{[](const Group& g) {
    const json::value* address{g.definition.at("properties").as_object().if_contains("ipAddress")};
    const json::value* label{address != nullptr ? address->as_object().if_contains("dnsNameLabel")
                                                : nullptr};
    return label != nullptr ? lower_text(label->as_string()) : std::string{};
  }};
  const std::string label{label_of(group)};
  if (label.empty()) return std::nullopt;
  for (const auto& [key, other] : call.world.groups()) {
    if (key == called_group(call) || other.region != group.region || label_of(other) != label) {
      continue;
    }
    // A 500 although the client is at fault: that is how the service was seen to say it.
    return ArmError{
        .status = 500,
        .code = "InternalServerError",
        .message = fmt::format("The DNS name label '{}' in region '{}' is not available.", label,
                               group.region)};
  }
  return std::nullopt;
}

Response create(const Call& call, Group group) {
  if (auto error{label_taken(call, group)}) return to_response(*error);
  if (auto error{admit(call.world, group)}) return to_response(*error);
  const Operation operation{call.world.create_group(std::move(group))};
  Response response{show(call, 201, *call.world.find_group(operation.group))};
  add_polling(call, operation, response);
  return response;
}

Response update(const Call& call, Group& existing, Group after) {
  if (in_transition(existing)) return to_response(group_transitioning(existing));
  if (auto error{validate_update(existing, after)}) return to_response(*error);
  if (auto error{label_taken(call, after)}) return to_response(*error);
  const bool same{existing.definition == after.definition &&
                  std::equal(existing.containers.begin(), existing.containers.end(),
                             after.containers.begin(), after.containers.end(),
                             [](const Container& a, const Container& b) {
                               return a.environment == b.environment;
                             })};
  // Nothing changed, nothing restarts; a group that failed or stopped is started by a PUT, though.
  if (same && existing.phase == Phase::provisioned) return show(call, 200, existing);
  if (existing.phase == Phase::provisioned && all_ended(existing)) {
    return to_response(bad_request(
        "ContainerGroupTerminated",
        fmt::format("The container group '{}' has ended and cannot be updated.", existing.name)));
  }
  const std::string key{called_group(call)};
  const Operation operation{call.world.update_group(key, std::move(after))};
  Response response{show(call, 200, *call.world.find_group(key))};
  add_polling(call, operation, response);
  return response;
}

Response put_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  auto body{read_body(call)};
  if (!body) return to_response(body.error());
  auto group{read_group(*body)};
  if (!group) return to_response(group.error());
  group->subscription = call.capture("subscription");
  group->resource_group = call.capture("resourceGroup");
  group->name = call.capture("group");
  if (auto error{validate_group(*group, call.world.options)}) return to_response(*error);
  for (const Container& container : group->containers) {
    const ImageRule* rule{find_image(call.world.options, container.image)};
    if (rule == nullptr || rule->refuse.empty()) continue;
    const std::string text{
        fmt::format("The image '{}' in container group '{}' is not accessible. "
                    "Please check the image and registry credential.",
                    container.image, group->name)};
    return to_response(rule->refuse == "RegistryErrorResponse" ? conflict(rule->refuse, text)
                                                               : bad_request(rule->refuse, text));
  }
  if (auto error{call.world.backend().refuses(*group)}) return to_response(*error);
  if (Group * existing{call.world.find_group(called_group(call))}) {
    return update(call, *existing, *std::move(group));
  }
  return create(call, *std::move(group));
}

Response get_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const Group* group{call.world.find_group(called_group(call))};
  return group == nullptr ? to_response(group_not_found(call)) : show(call, 200, *group);
}

Response patch_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  Group* group{call.world.find_group(called_group(call))};
  if (group == nullptr) return to_response(group_not_found(call));
  auto body{read_body(call)};
  if (!body) return to_response(body.error());
  const json::value* tags{body->as_object().if_contains("tags")};
  if (tags == nullptr || tags->is_null()) return show(call, 200, *group);
  if (!tags->is_object()) {
    return to_response(bad_request("InvalidRequestContent", "'tags' must be an object.", "tags"));
  }
  for (const auto& [name, value] : tags->get_object()) {
    if (!value.is_string()) {
      return to_response(bad_request("InvalidRequestContent", "Tag values are strings.", "tags"));
    }
  }
  const json::object changed{{"tags", *tags}};
  if (auto error{validate_tags(changed)}) return to_response(*error);
  group->definition["tags"] = *tags;
  return show(call, 200, *group);
}

std::optional<ArmError> too_many_deletes(const Call& call) {
  const Limits& limits{call.world.options.limits};
  RateWindow& window{call.world.deletes
                         .try_emplace(lower_text(call.capture("subscription")),
                                      limits.deletes_per_5_minutes, limits.deletes_per_hour)
                         .first->second};
  const auto wait{window.take(call.world.now())};
  if (!wait) return std::nullopt;
  return too_many_requests(
      fmt::format(
          "Too many container group deletes: the limit is {} per 5 minutes and {} per hour.",
          limits.deletes_per_5_minutes, limits.deletes_per_hour),
      call.world.client_seconds(*wait));
}

Response delete_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const std::string key{called_group(call)};
  Group* group{call.world.find_group(key)};
  if (group == nullptr) return empty_response(204);
  if (group->phase == Phase::deleting) {
    // Asking again is harmless: the same operation answers.
    Response response{empty_response(202)};
    if (const Operation * running{call.world.operations.find(group->operation)}) {
      add_polling(call, *running, response);
    }
    return response;
  }
  const EmulatorOptions& options{call.world.options};
  if (in_transition(*group) && options.delete_during_create == DeleteDuringCreate::conflict) {
    return to_response(group_transitioning(*group));
  }
  if (auto error{too_many_deletes(call)}) return to_response(*error);
  if (in_transition(*group) && options.delete_during_create == DeleteDuringCreate::forget) {
    return empty_response(202);
  }
  Response before{show(call, 200, *group)};
  const Operation operation{call.world.delete_group(key)};
  if (options.synchronous_delete) return before;
  Response response{empty_response(202)};
  add_polling(call, operation, response);
  return response;
}

Response list(const Call& call, const std::string* resource_group) {
  const View view{call.world.view(Detail::list, call.api_version)};
  std::vector<Page::Row> rows;
  for (const Group* group : call.world.listed_groups(call.capture("subscription"))) {
    if (resource_group != nullptr && !equal_text(group->resource_group, *resource_group)) continue;
    rows.push_back({.key = group_key(group->subscription, group->resource_group, group->name),
                    .show = [group, view] { return json::value(show_group(*group, view)); }});
  }
  return paged(call, rows);
}

Response list_in_subscription(const Call& call) {
  return list(call, nullptr);
}

Response list_in_resource_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  return list(call, &call.capture("resourceGroup"));
}

constexpr auto aci{Versions::container_instance};
constexpr std::array routes{
    Route{"PUT", SPILLWAY_GROUPS "/{group}", "ContainerGroups_CreateOrUpdate", aci, put_group},
    Route{"GET", SPILLWAY_GROUPS "/{group}", "ContainerGroups_Get", aci, get_group},
    Route{"PATCH", SPILLWAY_GROUPS "/{group}", "ContainerGroups_Update", aci, patch_group},
    Route{"DELETE", SPILLWAY_GROUPS "/{group}", "ContainerGroups_Delete", aci, delete_group},
    Route{"GET", SPILLWAY_GROUPS, "ContainerGroups_ListByResourceGroup", aci,
          list_in_resource_group},
    Route{"GET", "/subscriptions/{subscription}" SPILLWAY_ACI "/containerGroups",
          "ContainerGroups_List", aci, list_in_subscription},
};

}  // namespace

std::string called_group(const Call& call) {
  return group_key(call.capture("subscription"), call.capture("resourceGroup"),
                   call.capture("group"));
}

std::optional<ArmError> missing_resource_group(const Call& call) {
  const std::string& name{call.capture("resourceGroup")};
  if (call.world.resource_groups.contains(lower_text(call.capture("subscription") + "/" + name))) {
    return std::nullopt;
  }
  return not_found("ResourceGroupNotFound",
                   fmt::format("Resource group '{}' could not be found.", name));
}

ArmError group_not_found(const Call& call) {
  return not_found(
      "ResourceNotFound",
      fmt::format("The Resource 'Microsoft.ContainerInstance/containerGroups/{}' under "
                  "resource group '{}' was not found. For more details please go to "
                  "https://aka.ms/ARMResourceNotFoundFix",
                  call.capture("group"), call.capture("resourceGroup")));
}

ArmError group_transitioning(const Group& group) {
  return conflict(
      "ContainerGroupTransitioning",
      fmt::format("The container group '{}' is still transitioning, please retry later.",
                  group.name));
}

std::span<const Route> container_group_routes() {
  return routes;
}

}  // namespace spillway::emulator
