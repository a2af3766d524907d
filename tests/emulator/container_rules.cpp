#include "tests/emulator/container_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "tests/emulator/json_at.hpp"
#include "tests/emulator/naming.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;
using Complaint = std::optional<ArmError>;

bool is_reserved_port(int port) {
  struct Range {
    int first, last;
  };
  static constexpr std::array<Range, 9> reserved{{{22, 22},
                                                  {1025, 1027},
                                                  {3389, 3399},
                                                  {9999, 9999},
                                                  {19000, 19000},
                                                  {19080, 19080},
                                                  {19100, 19100},
                                                  {19390, 19390},
                                                  {20000, 30000}}};
  return port >= 49152 || std::any_of(reserved.begin(), reserved.end(), [&](Range range) {
           return port >= range.first && port <= range.last;
         });
}

Complaint check_environment(const json::object& container, const std::string& path) {
  for (const json::value& entry : array_at(container, "properties/environmentVariables")) {
    const std::string name{text_at(entry.get_object(), "name")};
    if (!is_variable_name(name)) {
      return bad_request("InvalidEnvironmentVariableName",
                         fmt::format("The environment variable name '{}' must be 1 to 63 letters, "
                                     "digits and underscores, with no underscore at its ends.",
                                     name),
                         path + ".environmentVariables");
    }
  }
  return std::nullopt;
}

Complaint check_probe(const json::object& container, std::string_view which,
                      const std::string& path) {
  const json::value* found{find_at(container, fmt::format("properties/{}", which))};
  if (found == nullptr) return std::nullopt;
  const json::object& probe{found->get_object()};
  const std::string target{fmt::format("{}.{}", path, which)};
  if ((find_at(probe, "exec") != nullptr) == (find_at(probe, "httpGet") != nullptr)) {
    return bad_request("InvalidProbe", "A probe needs either exec or httpGet.", target);
  }
  if (find_at(probe, "httpGet") != nullptr) {
    const int port{static_cast<int>(number_at(probe, "httpGet/port").value_or(0))};
    if (port < 1 || port > 65535) {
      return bad_request("InvalidProbe", "The port of a probe must be 1 to 65535.", target);
    }
  } else if (array_at(probe, "exec/command").empty()) {
    return bad_request("InvalidProbe", "The command of an exec probe is empty.", target);
  }
  for (const auto key :
       {"periodSeconds", "failureThreshold", "successThreshold", "timeoutSeconds"}) {
    if (number_at(probe, key).value_or(1) < 1) {
      return bad_request("InvalidProbe", fmt::format("'{}' must be at least 1.", key), target);
    }
  }
  if (number_at(probe, "initialDelaySeconds").value_or(0) < 0) {
    return bad_request("InvalidProbe", "'initialDelaySeconds' must not be negative.", target);
  }
  return std::nullopt;
}

Complaint check_resources(const json::object& container, const Group& group, double group_cpu,
                          double group_memory, const std::string& name) {
  const auto cpu{number_at(container, "properties/resources/requests/cpu")};
  const auto memory{number_at(container, "properties/resources/requests/memoryInGB")};
  if (!cpu || !memory) {
    return bad_request("ResourceSomeRequestsNotSpecified",
                       fmt::format("The resource requests 'cpu' and 'memoryInGB' of container '{}' "
                                   "in container group '{}' must be specified.",
                                   name, group.name));
  }
  if (*cpu < 0.01 || *memory < 0.1) {
    return bad_request("InvalidResourceRequests",
                       fmt::format("The resource requests of container '{}' are below the minimum "
                                   "of 0.01 cpu and 0.1 GB.",
                                   name));
  }
  if (find_at(container, "properties/resources/requests/gpu") != nullptr) {
    return bad_request("GpuNotSupported", "GPU container groups are retired since 2025-07-14.");
  }
  const double cpu_limit{number_at(container, "properties/resources/limits/cpu").value_or(*cpu)};
  const double memory_limit{
      number_at(container, "properties/resources/limits/memoryInGB").value_or(*memory)};
  if (cpu_limit < *cpu || memory_limit < *memory) {
    return bad_request("ResourceLimitsLessThanRequests",
                       fmt::format("The resource limits of container '{}' are less than its "
                                   "requests.",
                                   name));
  }
  if (cpu_limit > group_cpu || memory_limit > group_memory) {
    return bad_request("ContainerLimitGreaterThanContainerGroupTotalRequest",
                       fmt::format("The resource limits of container '{}' are greater than the "
                                   "total requests of container group '{}'.",
                                   name, group.name));
  }
  return std::nullopt;
}

Complaint check_container(const json::object& container, const std::string& path) {
  const std::string name{text_at(container, "name")};
  if (!is_group_name(name)) {
    return bad_request("InvalidContainerName",
                       fmt::format("The container name '{}' must be 1 to 63 lower-case letters, "
                                   "digits and hyphens, no hyphen at the ends or doubled.",
                                   name),
                       path + ".name");
  }
  if (text_at(container, "properties/image").empty()) {
    return bad_request("InvalidContainerImage", fmt::format("Container '{}' has no image.", name),
                       path + ".image");
  }
  for (const json::value& port : array_at(container, "properties/ports")) {
    const int number{static_cast<int>(number_at(port.get_object(), "port").value_or(0))};
    if (auto complaint{check_port(number, path + ".ports")}) return complaint;
  }
  if (auto complaint{check_environment(container, path)}) return complaint;
  if (auto complaint{check_probe(container, "livenessProbe", path)}) return complaint;
  return check_probe(container, "readinessProbe", path);
}

}  // namespace

std::optional<ArmError> check_port(int port, const std::string& path) {
  if (port < 1 || port > 65535) {
    return bad_request("InvalidPort",
                       fmt::format("The port {} in '{}' must be 1 to 65535.", port, path), path);
  }
  if (is_reserved_port(port)) {
    return bad_request("ReservedPort",
                       fmt::format("The port {} in '{}' is reserved by the service.", port, path),
                       path);
  }
  return std::nullopt;
}

std::optional<ArmError> check_containers(const Group& group) {
  const json::array& containers{
      array_at(group.definition.at("properties").get_object(), "containers")};
  const json::array& init{
      array_at(group.definition.at("properties").get_object(), "initContainers")};
  if (containers.empty() || containers.size() + init.size() > 60) {
    return bad_request("InvalidContainerCount", "A container group has 1 to 60 containers.",
                       "properties.containers");
  }
  double cpu{0}, memory{0};
  for (const json::value& container : containers) {
    const json::object& fields{container.get_object()};
    cpu += number_at(fields, "properties/resources/requests/cpu").value_or(0);
    memory += number_at(fields, "properties/resources/requests/memoryInGB").value_or(0);
  }
  std::set<std::string> names;
  for (std::size_t i{0}; i < containers.size(); ++i) {
    const json::object& container{containers[i].get_object()};
    const std::string path{fmt::format("properties.containers[{}].properties", i)};
    if (auto complaint{check_container(container, path)}) return complaint;
    const std::string name{text_at(container, "name")};
    if (!names.insert(name).second) {
      return bad_request("DuplicateContainerName",
                         fmt::format("The container name '{}' is used twice.", name), path);
    }
    if (auto complaint{
            check_resources(container, group, std::max(cpu, 1.0), std::max(memory, 1.0), name)}) {
      return complaint;
    }
  }
  return std::nullopt;
}

}  // namespace spillway::emulator
