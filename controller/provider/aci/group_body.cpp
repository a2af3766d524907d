#include "controller/provider/aci/group_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

namespace spillway::aci {

namespace json = boost::json;

namespace {

constexpr std::size_t tag_value_max{256};
constexpr std::size_t name_max{63};

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// 1 to 63 lower-case letters, digits and single hyphens, none of them first or last.
bool is_group_name(std::string_view name) {
  if (name.empty() || name.size() > name_max) return false;
  if (!is_lower_or_digit(name.front()) || !is_lower_or_digit(name.back())) return false;
  return name.find("--") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

/// 1 to 63 letters, digits and underscores, no underscore first or last.
bool is_variable_name(std::string_view name) {
  const auto is_legal = [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && name.size() <= name_max && name.front() != '_' && name.back() != '_' &&
         std::all_of(name.begin(), name.end(), is_legal);
}

/// Ports that the service keeps for itself (container-instances-faq.yml).
bool is_reserved_port(int port) {
  constexpr std::pair<int, int> reserved[]{
      {22, 22},       {1025, 1027},   {3389, 3399},   {9999, 9999},   {19000, 19000},
      {19080, 19080}, {19100, 19100}, {19390, 19390}, {20000, 30000}, {49152, 65534}};
  return std::any_of(std::begin(reserved), std::end(reserved), [&](const auto& range) {
    return port >= range.first && port <= range.second;
  });
}

Error refused(const GroupRequest& request, std::string_view why) {
  return {Errc::bad_request, fmt::format("group {}: {}", request.id.name, why)};
}

json::array environment(const ReplicaTemplate& replica) {
  json::array variables{};
  for (const auto& [name, value] : replica.env) {
    variables.push_back({{"name", name}, {"value", value}});
  }
  for (const auto& [name, value] : replica.secure_env) {
    variables.push_back({{"name", name}, {"secureValue", value}});
  }
  return variables;
}

json::object container(const GroupRequest& request) {
  const ReplicaTemplate& replica{request.replica};
  json::object requests{{"cpu", request.size.vcpu}, {"memoryInGB", request.size.memory_gb}};
  json::object properties{{"image", replica.image},
                          {"environmentVariables", environment(replica)},
                          {"resources", json::object{{"requests", std::move(requests)}}}};
  if (!replica.command.empty()) {
    properties["command"] = json::array(replica.command.begin(), replica.command.end());
  }
  properties["ports"] = json::array{json::object{{"port", replica.port}, {"protocol", "TCP"}}};
  return {{"name", container_name}, {"properties", std::move(properties)}};
}

json::object tags(const GroupRequest& request) {
  return {{owner_tag, request.tags.owner},
          {workload_tag, request.tags.workload},
          {template_tag, request.tags.template_hash},
          {intent_at_tag, to_string(request.tags.created_at)},
          {replicas_tag, std::to_string(request.size.replicas.count)}};
}

json::object address(const ReplicaTemplate& replica) {
  json::array ports{json::object{{"port", replica.port}, {"protocol", "TCP"}}};
  return {{"type", replica.subnet_id.empty() ? "Public" : "Private"}, {"ports", std::move(ports)}};
}

}  // namespace

Result<void> check_request(const GroupRequest& request) {
  const ReplicaTemplate& replica{request.replica};
  if (!is_group_name(request.id.name)) {
    return refused(request, "a name is 1-63 lower-case letters, digits and single hyphens");
  }
  if (request.place.region.empty()) return refused(request, "no region");
  if (replica.image.empty()) return refused(request, "no image");
  if (!(request.size.vcpu > 0.0) || !std::isfinite(request.size.vcpu)) {
    return refused(request, "vcpu must be above 0");
  }
  if (!(request.size.memory_gb > 0.0) || !std::isfinite(request.size.memory_gb)) {
    return refused(request, "memory must be above 0");
  }
  if (replica.port < 1 || replica.port > 65535 || is_reserved_port(replica.port)) {
    return refused(request,
                   fmt::format("port {} is reserved by ACI or out of range", replica.port));
  }
  for (const auto* variables : {&replica.env, &replica.secure_env}) {
    for (const auto& [name, value] : *variables) {
      if (is_variable_name(name)) continue;
      return refused(request, fmt::format("environment variable '{}': 1-63 letters, digits, '_', "
                                          "no '_' first or last",
                                          name));
    }
  }
  if (request.tags.owner.empty()) return refused(request, "no owner tag");
  for (const auto* tag : {&request.tags.owner, &request.tags.workload}) {
    if (tag->size() > tag_value_max) return refused(request, "a tag is at most 256 bytes long");
  }
  if (request.place.priority == Priority::spot) {
    if (!request.place.zone.empty()) return refused(request, "a spot group cannot have a zone");
    if (!replica.subnet_id.empty()) return refused(request, "a spot group cannot have a subnet");
  }
  return {};
}

std::string group_body(const GroupRequest& request) {
  const ReplicaTemplate& replica{request.replica};
  const bool is_spot{request.place.priority == Priority::spot};
  json::object properties{{"sku", "Standard"},
                          {"osType", "Linux"},
                          {"restartPolicy", "Always"},
                          {"containers", json::array{container(request)}}};
  if (is_spot) {
    properties["priority"] = "Spot";
  } else {
    properties["ipAddress"] = address(replica);
  }
  if (!replica.subnet_id.empty()) {
    properties["subnetIds"] = json::array{json::object{{"id", replica.subnet_id}}};
  }
  if (!replica.registry_server.empty()) {
    properties["imageRegistryCredentials"] =
        json::array{json::object{{"server", replica.registry_server},
                                 {"username", replica.registry_username},
                                 {"password", replica.registry_password}}};
  }
  json::object body{{"location", request.place.region},
                    {"tags", tags(request)},
                    {"properties", std::move(properties)}};
  if (!request.place.zone.empty()) body["zones"] = json::array{json::value(request.place.zone)};
  return json::serialize(body);
}

}  // namespace spillway::aci
