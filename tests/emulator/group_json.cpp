#include "tests/emulator/group_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/emulator/json_at.hpp"
#include "tests/emulator/shape.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

std::vector<int> port_numbers(const json::array& ports) {
  std::vector<int> numbers;
  for (const json::value& port : ports) {
    numbers.push_back(static_cast<int>(number_at(port.get_object(), "port").value_or(0)));
  }
  return numbers;
}

void set_default(json::object& object, std::string_view key, json::value value) {
  if (!object.contains(key)) object[key] = std::move(value);
}

void default_protocols(json::object& parent) {
  if (!parent.contains("ports")) return;
  for (json::value& port : parent.at("ports").as_array()) {
    set_default(port.as_object(), "protocol", "TCP");
  }
}

/// `raw` is the body as sent: the secure values are only there.
Container read_container(const json::object& shown, const json::object& raw) {
  const json::object& properties{object_at(shown, "properties")};
  const json::object& requests{object_at(properties, "resources/requests")};
  Container container{.name = text_at(shown, "name"),
                      .image = text_at(properties, "image"),
                      .command = {},
                      .environment = {},
                      .cpu = number_at(requests, "cpu").value_or(0),
                      .memory_gb = number_at(requests, "memoryInGB").value_or(0),
                      .ports = port_numbers(array_at(properties, "ports"))};
  for (const json::value& word : array_at(properties, "command")) {
    container.command.emplace_back(word.get_string());
  }
  const json::object& raw_properties{object_at(raw, "properties")};
  for (const json::value& variable : array_at(raw_properties, "environmentVariables")) {
    if (!variable.is_object()) continue;
    const json::object& fields{variable.get_object()};
    const std::string secure{text_at(fields, "secureValue")};
    container.environment.emplace_back(text_at(fields, "name"),
                                       secure.empty() ? text_at(fields, "value") : secure);
  }
  return container;
}

void fill_defaults(json::object& properties) {
  set_default(properties, "sku", "Standard");
  set_default(properties, "restartPolicy", "Always");
  set_default(properties, "initContainers", json::array{});
  for (json::value& container : properties["containers"].as_array()) {
    json::object& container_properties{container.as_object()["properties"].as_object()};
    default_protocols(container_properties);
    set_default(container_properties, "ports", json::array{});
    set_default(container_properties, "environmentVariables", json::array{});
  }
  if (json::value * address{properties.if_contains("ipAddress")}) {
    default_protocols(address->as_object());
  }
}

RestartPolicy policy_from(const std::string& text) {
  if (text == "Never") return RestartPolicy::never;
  return text == "OnFailure" ? RestartPolicy::on_failure : RestartPolicy::always;
}

/// A rule that only the body as sent can tell: what is shown later has no secure values.
std::optional<ArmError> two_values(const json::object& raw) {
  for (const json::value& variable : array_at(raw, "properties/environmentVariables")) {
    if (variable.is_object() && !text_at(variable.get_object(), "value").empty() &&
        !text_at(variable.get_object(), "secureValue").empty()) {
      return bad_request(
          "InvalidEnvironmentVariable",
          fmt::format("The environment variable '{}' has both value and secureValue.",
                      text_at(variable.get_object(), "name")));
    }
  }
  return std::nullopt;
}

std::optional<ArmError> read_containers(Group& group, const json::array& raw) {
  json::array& shown{group.definition.at("properties").as_object().at("containers").as_array()};
  for (std::size_t i{0}; i < shown.size(); ++i) {
    json::object& container{shown[i].as_object()};
    if (!container.contains("properties")) {
      const std::string path{fmt::format("properties.containers[{}].properties", i)};
      return bad_request("InvalidRequestContent", "Required property '" + path + "' is missing.",
                         path);
    }
    static const json::object empty;
    if (auto error{two_values(i < raw.size() ? raw[i].as_object() : empty)}) return error;
    group.containers.push_back(
        read_container(container, i < raw.size() ? raw[i].as_object() : empty));
  }
  return std::nullopt;
}

json::value show_state(const ContainerState& state, const View& view) {
  json::object shown;
  const auto time{[&](TimePoint at) { return to_string(shown_time(view, at)); }};
  switch (state.kind) {
    case ContainerState::Kind::waiting:
      shown["state"] = "Waiting";
      break;
    case ContainerState::Kind::running:
      shown["state"] = "Running";
      break;
    case ContainerState::Kind::terminated:
      shown["state"] = "Terminated";
      break;
  }
  if (state.started) shown["startTime"] = time(*state.started);
  if (state.kind == ContainerState::Kind::terminated) {
    shown["exitCode"] = state.exit_code;
    if (state.finished) shown["finishTime"] = time(*state.finished);
  }
  shown["detailStatus"] = state.detail;
  return shown;
}

json::array show_events(const std::vector<GroupEvent>& events, const View& view) {
  json::array shown;
  for (const GroupEvent& event : events) {
    shown.push_back({{"count", event.count},
                     {"firstTimestamp", to_string(shown_time(view, event.first))},
                     {"lastTimestamp", to_string(shown_time(view, event.last))},
                     {"name", event.name},
                     {"message", event.message},
                     {"type", event.warning ? "Warning" : "Normal"}});
  }
  return shown;
}

/// Init containers have run once the others start; what they are is all that is known of them.
json::object init_view(const Group& group, const View& view) {
  json::object shown{{"restartCount", 0}, {"events", json::array{}}};
  if (group.phase != Phase::provisioned || !group.containers.front().current.started) {
    shown["currentState"] = {{"state", "Waiting"}, {"detailStatus", ""}};
    return shown;
  }
  const std::string time{to_string(shown_time(view, *group.containers.front().current.started))};
  shown["currentState"] = {{"state", "Terminated"},
                           {"startTime", time},
                           {"exitCode", 0},
                           {"finishTime", time},
                           {"detailStatus", "Completed"}};
  return shown;
}

/// The ids that Azure gives an identity when it makes it: the same for the same group every time.
void fill_identity(json::object& identity, const Group& group, const View& view) {
  const std::string type{lower_text(text_at(identity, "type"))};
  if (type.find("systemassigned") != std::string::npos) {
    identity["principalId"] = stable_guid("principal/" + lower_text(resource_id(group)));
    identity["tenantId"] = view.tenant;
  }
  json::value* const assigned{identity.if_contains("userAssignedIdentities")};
  if (assigned == nullptr || !assigned->is_object()) return;
  for (auto& [id, value] : assigned->get_object()) {
    value = {{"principalId", stable_guid("principal/" + lower_text(id))},
             {"clientId", stable_guid("client/" + lower_text(id))}};
  }
}

/// What stands between label and region: nothing if the label alone is the name, else a mark of
/// whoever may use the label again.
std::string label_scope(const Group& group, const View& view) {
  const std::string scope{
      text_at(group.definition, "properties/ipAddress/autoGeneratedDomainNameLabelScope")};
  std::string owner;
  if (scope == "TenantReuse") owner = view.tenant;
  if (scope == "SubscriptionReuse") owner = group.subscription;
  if (scope == "ResourceGroupReuse") owner = group.subscription + "/" + group.resource_group;
  if (scope == "Noreuse") owner = resource_id(group);
  if (owner.empty()) return {};
  std::string mark{stable_guid(lower_text(owner))};
  std::erase(mark, '-');
  return mark.substr(0, 16) + ".";
}

json::object show_container_view(const Container& container, const View& view) {
  json::object shown{{"restartCount", container.restart_count},
                     {"currentState", show_state(container.current, view)}};
  if (container.previous) shown["previousState"] = show_state(*container.previous, view);
  shown["events"] = show_events(container.events, view);
  return shown;
}

}  // namespace

TimePoint shown_time(const View& view, TimePoint instant) {
  return view.epoch + duration_of_seconds(seconds(instant - view.epoch) / view.speed) +
         view.clock_offset;
}

Outcome<Group> read_group(const json::value& body) {
  auto conformed{conform(body, container_group_shape(), "")};
  if (!conformed) return conformed.error();
  Group group;
  group.definition = std::move(conformed->as_object());
  json::value* properties{group.definition.if_contains("properties")};
  if (properties == nullptr || !properties->as_object().contains("containers")) {
    return bad_request("InvalidRequestContent",
                       "The request content was invalid: 'properties.containers' is required.",
                       "properties.containers");
  }
  group.region = region_name(text_at(group.definition, "location"));
  if (!group.region.empty()) group.definition["location"] = group.region;
  const json::object& raw{object_at(body.as_object(), "properties")};
  if (auto error{read_containers(group, array_at(raw, "containers"))}) return *error;
  json::object& shown{group.definition.at("properties").as_object()};
  fill_defaults(shown);

  group.restart_policy = policy_from(text_at(shown, "restartPolicy"));
  group.spot = text_at(shown, "priority") == "Spot";
  group.confidential = text_at(shown, "sku") == "Confidential";
  group.dedicated = text_at(shown, "sku") == "Dedicated";
  group.wants_address = shown.contains("ipAddress");
  group.ports = port_numbers(array_at(shown, "ipAddress/ports"));
  group.cpu = group.memory_gb = 0;
  for (const Container& container : group.containers) {
    group.cpu += container.cpu;
    group.memory_gb += container.memory_gb;
  }
  group.cpu = std::max(group.cpu, 1.0);
  group.memory_gb = std::max(group.memory_gb, 1.0);
  return group;
}

json::object show_group(const Group& group, const View& view) {
  json::object shown{{"id", resource_id(group)},
                     {"name", group.name},
                     {"type", "Microsoft.ContainerInstance/containerGroups"}};
  for (const auto& [key, value] : group.definition) shown[key] = value;
  json::object& properties{shown["properties"].as_object()};
  properties["provisioningState"] = provisioning_state(group);
  if (view.standby_fields) properties["isCreatedFromStandbyPool"] = group.from_standby_pool;
  if (json::value * address{properties.if_contains("ipAddress")}) {
    json::object& fields{address->as_object()};
    if (!group.address.empty()) fields["ip"] = group.address;
    if (const std::string label{text_at(fields, "dnsNameLabel")}; !label.empty()) {
      fields["fqdn"] =
          fmt::format("{}.{}{}.azurecontainer.io", label, label_scope(group, view), group.region);
    }
  }
  if (json::value * identity{shown.if_contains("identity")}; identity && identity->is_object()) {
    fill_identity(identity->get_object(), group, view);
  }
  if (view.detail == Detail::list) return shown;
  for (json::value& container : properties["initContainers"].as_array()) {
    container.as_object()["properties"].as_object()["instanceView"] = init_view(group, view);
  }
  json::array& containers{properties["containers"].as_array()};
  for (std::size_t i{0}; i < containers.size(); ++i) {
    containers[i].as_object()["properties"].as_object()["instanceView"] =
        show_container_view(group.containers[i], view);
  }
  properties["instanceView"] =
      json::object{{"events", show_events(group.events, view)}, {"state", instance_state(group)}};
  return shown;
}

}  // namespace spillway::emulator
