#include "tests/emulator/scale_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tests/emulator/json_at.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

constexpr int capacity_max{1000};  // of one scale set with platform images

ArmError invalid_parameter(std::string message, std::string target) {
  return bad_request("InvalidParameter", std::move(message), std::move(target));
}

void merge(json::object& into, const json::object& patch) {
  for (const auto& [key, value] : patch) {
    json::value* const have{into.if_contains(key)};
    if (have != nullptr && have->is_object() && value.is_object() && key != "tags") {
      merge(have->get_object(), value.get_object());
    } else {
      into[key] = value;
    }
  }
}

/// Passwords go in and never come back.
void drop_secrets(json::value& value) {
  if (json::object* const object{value.if_object()}) {
    for (const auto key : {"adminPassword", "customData", "protectedSettings", "userData"}) {
      object->erase(key);
    }
    for (auto& [key, member] : *object) drop_secrets(member);
  } else if (json::array* const array{value.if_array()}) {
    for (json::value& member : *array) drop_secrets(member);
  }
}

json::object status(std::string_view code, std::string_view display, const std::string& time = {}) {
  json::object shown{{"code", code}, {"level", "Info"}, {"displayStatus", display}};
  if (!time.empty()) shown["time"] = time;
  return shown;
}

}  // namespace

int capacity_of(const ScaleSet& set) {
  return static_cast<int>(number_at(set.definition, "sku/capacity").value_or(0));
}

int cores_of(const ScaleSet& set) {
  const std::string size{text_at(set.definition, "sku/name")};
  const std::size_t digit{size.find_first_of("0123456789")};
  int cores{1};
  if (digit != std::string::npos) {
    std::from_chars(size.data() + digit, size.data() + size.size(), cores);
  }
  return std::max(cores, 1);
}

Outcome<ScaleSet> read_scale_set(const json::value& body, const ScaleSet* before, bool is_patch) {
  ScaleSet set;
  if (before != nullptr) set = *before;
  json::object asked{body.get_object()};
  for (const auto key : {"id", "name", "type", "systemData", "etag"}) asked.erase(key);
  for (const auto key : {"sku", "properties", "tags"}) {
    const json::value* found{asked.if_contains(key)};
    if (found != nullptr && !found->is_object()) {
      return invalid_parameter(fmt::format("'{}' must be an object.", key), key);
    }
  }
  if (is_patch) {
    merge(set.definition, asked);
  } else {
    set.definition = std::move(asked);
  }
  json::object& definition{set.definition};
  const std::string region{region_name(text_at(definition, "location"))};
  if (region.empty()) {
    return bad_request("LocationRequired", "The location property is required for this definition.",
                       "location");
  }
  if (before != nullptr && region != set.region) {
    return conflict("InvalidResourceLocation",
                    fmt::format("The resource '{}' already exists in location '{}'.", set.name.name,
                                set.region));
  }
  set.region = region;
  definition["location"] = region;
  if (text_at(definition, "sku/name").empty()) {
    return invalid_parameter("The 'sku.name' of a virtual machine scale set is required.",
                             "sku.name");
  }
  const json::value* capacity{find_at(definition, "sku/capacity")};
  if (capacity == nullptr || !capacity->is_int64() || capacity->get_int64() < 0 ||
      capacity->get_int64() > capacity_max) {
    return invalid_parameter(
        fmt::format("The 'sku.capacity' must be a whole number from 0 to {}.", capacity_max),
        "sku.capacity");
  }
  json::object& sku{definition.at("sku").as_object()};
  if (!sku.contains("tier")) sku["tier"] = "Standard";
  if (!definition.contains("properties")) definition["properties"] = json::object{};
  drop_secrets(definition.at("properties"));
  return set;
}

void resize(ScaleSet& set, TimePoint now, const std::function<TimePoint()>& ready,
            const std::function<std::string()>& guid) {
  const std::size_t wanted{static_cast<std::size_t>(capacity_of(set))};
  while (set.instances.size() < wanted) {
    set.instances.push_back(
        {.id = set.next_id++, .created = now, .ready = ready(), .unique_id = guid()});
  }
  if (set.instances.size() > wanted) set.instances.resize(wanted);
}

json::object show_scale_set(const ScaleSet& set, TimePoint now,
                            const std::function<std::string(TimePoint)>& shown_time) {
  json::object shown{{"id", set.name.id()}, {"name", set.name.name}, {"type", scale_set_type}};
  for (const auto& [key, value] : set.definition) shown[key] = value;
  json::object& properties{shown.at("properties").as_object()};
  properties["provisioningState"] = now < set.settled ? "Updating" : "Succeeded";
  properties["uniqueId"] = set.unique_id;
  properties["timeCreated"] = shown_time(set.created);
  return shown;
}

json::object show_instance(const ScaleSet& set, const ScaleSetInstance& instance, TimePoint now,
                           bool with_view,
                           const std::function<std::string(TimePoint)>& shown_time) {
  const bool ready{instance.ready <= now};
  json::object properties{{"latestModelApplied", true},
                          {"vmId", instance.unique_id},
                          {"provisioningState", ready ? "Succeeded" : "Creating"},
                          {"timeCreated", shown_time(instance.created)}};
  if (with_view) {
    json::array statuses;
    statuses.push_back(ready ? status("ProvisioningState/succeeded", "Provisioning succeeded",
                                      shown_time(instance.ready))
                             : status("ProvisioningState/creating", "Creating"));
    statuses.push_back(ready ? status("PowerState/running", "VM running")
                             : status("PowerState/starting", "VM starting"));
    properties["instanceView"] = {{"statuses", std::move(statuses)}};
  }
  return {{"id", fmt::format("{}/virtualMachines/{}", set.name.id(), instance.id)},
          {"name", fmt::format("{}_{}", set.name.name, instance.id)},
          {"type", fmt::format("{}/virtualMachines", scale_set_type)},
          {"location", set.region},
          {"instanceId", std::to_string(instance.id)},
          {"sku", {{"name", text_at(set.definition, "sku/name")}, {"tier", "Standard"}}},
          {"properties", std::move(properties)}};
}

json::object show_instance_summary(const ScaleSet& set, TimePoint now,
                                   const std::function<std::string(TimePoint)>& shown_time) {
  const auto ready{std::count_if(set.instances.begin(), set.instances.end(),
                                 [&](const ScaleSetInstance& i) { return i.ready <= now; })};
  const auto starting{static_cast<std::ptrdiff_t>(set.instances.size()) - ready};
  json::array summary;
  if (ready > 0) summary.push_back({{"code", "ProvisioningState/succeeded"}, {"count", ready}});
  if (starting > 0)
    summary.push_back({{"code", "ProvisioningState/creating"}, {"count", starting}});
  return {
      {"virtualMachine", {{"statusesSummary", std::move(summary)}}},
      {"statuses",
       json::array{now < set.settled ? status("ProvisioningState/updating", "Updating")
                                     : status("ProvisioningState/succeeded",
                                              "Provisioning succeeded", shown_time(set.settled))}}};
}

}  // namespace spillway::emulator
