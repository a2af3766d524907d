// VM scale sets over HTTP, as far as resizing goes: create, read, list, resize, delete, instances.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/paging.hpp"
#include "tests/emulator/scale_set.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace scale_set_calls {
namespace {

namespace json = boost::json;

Outcome<ScaleSet*> called_set(const Call& call) {
  if (auto error{missing_resource_group(call)}) return *std::move(error);
  const ResourceName name{called_resource(call, scale_set_type)};
  const auto found{call.world.scale_sets.find(name.key())};
  if (found == call.world.scale_sets.end()) return resource_not_found(name);
  return &found->second;
}

auto clock_of(const Call& call) {
  return [&world = call.world](TimePoint at) { return to_string(world.shown(at)); };
}

json::value show(const Call& call, const ScaleSet& set) {
  return show_scale_set(set, call.world.now(), clock_of(call));
}

/// Cores of all scale sets of the subscription and region; `but` is left out.
int cores_used(const Call& call, const std::string& region, const ScaleSet* but) {
  int cores{0};
  for (const auto& [key, set] : call.world.scale_sets) {
    if (&set == but || set.region != region ||
        !equal_text(set.name.subscription, call.capture("subscription"))) {
      continue;
    }
    cores += cores_of(set) * capacity_of(set);
  }
  return cores;
}

std::optional<ArmError> over_quota(const Call& call, const ScaleSet& after,
                                   const ScaleSet* before) {
  const int limit{call.world.options.limits.vm_cores_per_region};
  const int current{cores_used(call, after.region, nullptr)};
  const int others{cores_used(call, after.region, before)};
  const int wanted{cores_of(after) * capacity_of(after)};
  if (others + wanted <= limit) return std::nullopt;
  return conflict(
      "OperationNotAllowed",
      fmt::format("Operation could not be completed as it results in exceeding approved Total "
                  "Regional Cores quota. Additional details - Deployment Model: Resource Manager, "
                  "Location: {}, Current Limit: {}, Current Usage: {}, Additional Required: {}, "
                  "(Minimum) New Limit Required: {}.",
                  after.region, limit, current, others + wanted - current, others + wanted));
}

Response apply(const Call& call, ScaleSet set, const ScaleSet* before) {
  set.name = called_resource(call, scale_set_type);
  World& world{call.world};
  if (before != nullptr) set.name = before->name;
  if (auto error{unknown_region(world.options, set.region, scale_set_type)}) {
    return to_response(*error);
  }
  if (auto error{over_quota(call, set, before)}) return to_response(*error);
  const bool is_new{before == nullptr};
  if (is_new) {
    set.unique_id = world.new_guid();
    set.created = world.now();
  }
  const std::size_t had{set.instances.size()};
  resize(
      set, world.now(), [&] { return world.vm_ready_at(); }, [&] { return world.new_guid(); });
  set.settled = world.now() + std::chrono::seconds{set.instances.size() < had ? 10 : 1};
  for (const ScaleSetInstance& instance : set.instances) {
    set.settled = std::max(set.settled, instance.ready);
  }
  const ScaleSet& stored{world.scale_sets[set.name.key()] = std::move(set)};
  const Operation& operation{world.begin_operation(
      OperationKind::other, scale_set_type, stored.name.id(), stored.region, stored.settled)};
  Response response{json_response(is_new ? 201 : 200, show(call, stored))};
  add_polling(call, operation, response, LroHeaders::azure_async);
  return response;
}

Response put_set(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  const auto found{call.world.scale_sets.find(called_resource(call, scale_set_type).key())};
  const ScaleSet* before{found != call.world.scale_sets.end() ? &found->second : nullptr};
  auto set{read_scale_set(*body, before, false)};
  return set ? apply(call, *std::move(set), before) : to_response(set.error());
}

Response patch_set(const Call& call) {
  const auto before{called_set(call)};
  if (!before) return to_response(before.error());
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  auto set{read_scale_set(*body, *before, true)};
  return set ? apply(call, *std::move(set), *before) : to_response(set.error());
}

Response get_set(const Call& call) {
  const auto set{called_set(call)};
  return set ? json_response(200, show(call, **set)) : to_response(set.error());
}

Response delete_set(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const ResourceName name{called_resource(call, scale_set_type)};
  const auto found{call.world.scale_sets.find(name.key())};
  if (found == call.world.scale_sets.end()) return empty_response(204);
  const std::string region{found->second.region};
  call.world.scale_sets.erase(found);
  const Operation& operation{
      call.world.begin_operation(OperationKind::remove, scale_set_type, name.id(), region,
                                 call.world.now() + call.world.options.delete_time)};
  Response response{empty_response(202)};
  add_polling(call, operation, response, LroHeaders::both);
  return response;
}

Response list(const Call& call, const std::string& prefix) {
  std::vector<Page::Row> rows;
  for (const auto& [key, set] : call.world.scale_sets) {
    if (!key.starts_with(prefix)) continue;
    rows.push_back({.key = key, .show = [&call, &shown = set] { return show(call, shown); }});
  }
  return paged(call, rows);
}

Response list_in_subscription(const Call& call) {
  return list(call, subscription_prefix(call.capture("subscription")));
}

Response list_in_resource_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  return list(call,
              resource_group_prefix(call.capture("subscription"), call.capture("resourceGroup")));
}

Response instance_summary(const Call& call) {
  const auto set{called_set(call)};
  if (!set) return to_response(set.error());
  return json_response(200, show_instance_summary(**set, call.world.now(), clock_of(call)));
}

json::value show_one(const Call& call, const ScaleSet& set, const ScaleSetInstance& instance,
                     bool with_view) {
  return show_instance(set, instance, call.world.now(), with_view, clock_of(call));
}

Response list_instances(const Call& call) {
  const auto set{called_set(call)};
  if (!set) return to_response(set.error());
  const bool with_view{equal_text(call.url.parameter("$expand").value_or(""), "instanceView")};
  std::vector<Page::Row> rows;
  for (const ScaleSetInstance& instance : (*set)->instances) {
    rows.push_back({.key = fmt::format("{:08}", instance.id),
                    .show = [&call, &instance, owner = *set, with_view] {
                      return show_one(call, *owner, instance, with_view);
                    }});
  }
  return paged(call, rows);
}

Outcome<json::value> called_instance(const Call& call, bool with_view) {
  const auto set{called_set(call)};
  if (!set) return set.error();
  for (const ScaleSetInstance& instance : (*set)->instances) {
    if (std::to_string(instance.id) != call.capture("instance")) continue;
    return show_one(call, **set, instance, with_view);
  }
  return not_found("InstanceIdNotFound",
                   fmt::format("The entity {} was not found.", call.capture("instance")));
}

Response get_instance(const Call& call) {
  const bool with_view{equal_text(call.url.parameter("$expand").value_or(""), "instanceView")};
  const auto instance{called_instance(call, with_view)};
  return instance ? json_response(200, *instance) : to_response(instance.error());
}

Response get_instance_view(const Call& call) {
  const auto instance{called_instance(call, true)};
  if (!instance) return to_response(instance.error());
  return json_response(200, instance->at("properties").at("instanceView"));
}

/// Deletes the named instances and lowers the capacity with them.
Response delete_instances(const Call& call, ScaleSet& set, const std::set<std::string>& doomed) {
  auto& instances{set.instances};
  std::erase_if(instances, [&](const ScaleSetInstance& instance) {
    return doomed.contains(std::to_string(instance.id)) || doomed.contains("*");
  });
  set.definition.at("sku").as_object()["capacity"] = instances.size();
  set.settled = call.world.now() + call.world.options.delete_time;
  const Operation& operation{call.world.begin_operation(OperationKind::remove, scale_set_type,
                                                        set.name.id(), set.region, set.settled)};
  Response response{empty_response(202)};
  add_polling(call, operation, response, LroHeaders::both);
  return response;
}

Response delete_named(const Call& call) {
  const auto set{called_set(call)};
  if (!set) return to_response(set.error());
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  std::set<std::string> doomed;
  for (const json::value& id : array_at(body->get_object(), "instanceIds")) {
    if (id.is_string()) doomed.emplace(id.get_string());
  }
  if (doomed.empty()) {
    return to_response(
        bad_request("InvalidParameter", "'instanceIds' is required.", "instanceIds"));
  }
  return delete_instances(call, **set, doomed);
}

Response delete_instance(const Call& call) {
  const auto set{called_set(call)};
  if (!set) return to_response(set.error());
  if (!called_instance(call, false)) return empty_response(204);
  return delete_instances(call, **set, {call.capture("instance")});
}

Response compute_usages(const Call& call) {
  const std::string region{region_name(call.capture("location"))};
  if (auto error{unknown_region(call.world.options, region, "Microsoft.Compute/locations")}) {
    return to_response(*error);
  }
  const int used{cores_used(call, region, nullptr)};
  const auto row{[](std::string_view name, std::string_view words, int current, int limit) {
    return json::object{{"unit", "Count"},
                        {"currentValue", current},
                        {"limit", limit},
                        {"name", {{"value", name}, {"localizedValue", words}}}};
  }};
  const int limit{call.world.options.limits.vm_cores_per_region};
  return json_response(
      200, {{"value",
             json::array{row("cores", "Total Regional vCPUs", used, limit),
                         row("standardDSv5Family", "Standard DSv5 Family vCPUs", used, limit)}}});
}

#define SPILLWAY_SETS                                            \
  "/subscriptions/{subscription}/resourceGroups/{resourceGroup}" \
  "/providers/Microsoft.Compute/virtualMachineScaleSets"

constexpr auto any{Versions::any};
constexpr std::array routes{
    Route{"PUT", SPILLWAY_SETS "/{name}", "VirtualMachineScaleSets_CreateOrUpdate", any, put_set},
    Route{"GET", SPILLWAY_SETS "/{name}", "VirtualMachineScaleSets_Get", any, get_set},
    Route{"PATCH", SPILLWAY_SETS "/{name}", "VirtualMachineScaleSets_Update", any, patch_set},
    Route{"DELETE", SPILLWAY_SETS "/{name}", "VirtualMachineScaleSets_Delete", any, delete_set},
    Route{"GET", SPILLWAY_SETS, "VirtualMachineScaleSets_List", any, list_in_resource_group},
    Route{"GET",
          "/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachineScaleSets",
          "VirtualMachineScaleSets_ListAll", any, list_in_subscription},
    Route{"GET", SPILLWAY_SETS "/{name}/instanceView", "VirtualMachineScaleSets_GetInstanceView",
          any, instance_summary},
    Route{"GET", SPILLWAY_SETS "/{name}/virtualMachines", "VirtualMachineScaleSetVMs_List", any,
          list_instances},
    Route{"GET", SPILLWAY_SETS "/{name}/virtualMachines/{instance}",
          "VirtualMachineScaleSetVMs_Get", any, get_instance},
    Route{"GET", SPILLWAY_SETS "/{name}/virtualMachines/{instance}/instanceView",
          "VirtualMachineScaleSetVMs_GetInstanceView", any, get_instance_view},
    Route{"POST", SPILLWAY_SETS "/{name}/delete", "VirtualMachineScaleSets_DeleteInstances", any,
          delete_named},
    Route{"DELETE", SPILLWAY_SETS "/{name}/virtualMachines/{instance}",
          "VirtualMachineScaleSetVMs_Delete", any, delete_instance},
    Route{"GET",
          "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}"
          "/usages",
          "ComputeUsage_List", any, compute_usages},
};

}  // namespace
}  // namespace scale_set_calls

std::span<const Route> scale_set_routes() {
  return scale_set_calls::routes;
}

}  // namespace spillway::emulator
