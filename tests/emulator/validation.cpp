#include "tests/emulator/validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;
using Complaint = std::optional<ArmError>;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

const json::object& properties_of(const Group& group) {
  return group.definition.at("properties").get_object();
}

const json::value* at(const json::object& object, std::string_view pointer) {
  const json::value* parent{nullptr};
  const json::object* current{&object};
  while (!pointer.empty()) {
    const std::string_view key{pointer.substr(0, pointer.find('/'))};
    pointer.remove_prefix(std::min(pointer.size(), key.size() + 1));
    if (current == nullptr) return nullptr;
    parent = current->if_contains(key);
    if (parent == nullptr) return nullptr;
    current = parent->if_object();
  }
  return parent;
}

std::string text_at(const json::object& object, std::string_view pointer) {
  const json::value* found{at(object, pointer)};
  return found != nullptr && found->is_string() ? std::string{found->get_string()} : std::string{};
}

std::optional<double> number_at(const json::object& object, std::string_view pointer) {
  const json::value* found{at(object, pointer)};
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->to_number<double>();
}

const json::array& array_at(const json::object& object, std::string_view pointer) {
  static const json::array empty;
  const json::value* found{at(object, pointer)};
  return found != nullptr && found->is_array() ? found->get_array() : empty;
}

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

Complaint check_port(int port, const std::string& path) {
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

Complaint check_place(const Group& group, const EmulatorOptions& options) {
  if (group.region.empty()) {
    return bad_request("LocationRequired", "The location property is required for this definition.",
                       "location");
  }
  if (std::find(options.regions.begin(), options.regions.end(), group.region) ==
      options.regions.end()) {
    return bad_request(
        "LocationNotAvailableForResourceType",
        fmt::format("The provided location '{}' is not available for resource type "
                    "'Microsoft.ContainerInstance/containerGroups'. List of available regions for "
                    "the resource type is '{}'.",
                    group.region, fmt::join(options.regions, ",")),
        "location");
  }
  const json::array& zones{array_at(group.definition, "zones")};
  if (zones.size() > 1) {
    return bad_request("InvalidZones", "A container group can be in one zone only.", "zones");
  }
  for (const json::value& zone : zones) {
    if (zone != "1" && zone != "2" && zone != "3") {
      return bad_request("InvalidZones", "The zones are '1', '2' and '3'.", "zones");
    }
  }
  return std::nullopt;
}

Complaint check_environment(const json::object& container, const std::string& path) {
  for (const json::value& entry : array_at(container, "properties/environmentVariables")) {
    const std::string name{text_at(entry.get_object(), "name")};
    const bool ok{!name.empty() && name.size() <= 63 && name.front() != '_' && name.back() != '_' &&
                  std::all_of(name.begin(), name.end(), [](char c) {
                    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
                  })};
    if (!ok) {
      return bad_request("InvalidEnvironmentVariableName",
                         fmt::format("The environment variable name '{}' must be 1 to 63 letters, "
                                     "digits and underscores, with no underscore at its ends.",
                                     name),
                         path + ".environmentVariables");
    }
    if (at(entry.get_object(), "value") != nullptr &&
        at(entry.get_object(), "secureValue") != nullptr) {
      return bad_request(
          "InvalidEnvironmentVariable",
          fmt::format("The environment variable '{}' has both value and secureValue.", name),
          path + ".environmentVariables");
    }
  }
  return std::nullopt;
}

Complaint check_probe(const json::object& container, std::string_view which,
                      const std::string& path) {
  const json::value* found{at(container, fmt::format("properties/{}", which))};
  if (found == nullptr) return std::nullopt;
  const json::object& probe{found->get_object()};
  const std::string target{fmt::format("{}.{}", path, which)};
  if ((at(probe, "exec") != nullptr) == (at(probe, "httpGet") != nullptr)) {
    return bad_request("InvalidProbe", "A probe needs either exec or httpGet.", target);
  }
  if (at(probe, "httpGet") != nullptr) {
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
  if (at(container, "properties/resources/requests/gpu") != nullptr) {
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

Complaint check_containers(const Group& group) {
  const json::array& containers{array_at(properties_of(group), "containers")};
  const json::array& init{array_at(properties_of(group), "initContainers")};
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

Complaint check_size(const Group& group) {
  const double cpu_max{group.spot ? 4.0 : 31.0};
  const double memory_max{group.spot ? 16.0 : group.confidential ? 180.0 : 240.0};
  if (group.cpu <= cpu_max && group.memory_gb <= memory_max) return std::nullopt;
  return bad_request(
      "InvalidResourceRequests",
      fmt::format("Container group '{}' requests {} cpu and {} GB; the limit is {} cpu and {} GB.",
                  group.name, group.cpu, group.memory_gb, cpu_max, memory_max));
}

Complaint check_volumes(const Group& group) {
  std::set<std::string> names;
  const json::array& volumes{array_at(properties_of(group), "volumes")};
  if (volumes.size() > 20) {
    return bad_request("TooManyVolumes", "A container group has at most 20 volumes.",
                       "properties.volumes");
  }
  for (const json::value& volume : volumes) {
    const std::string name{text_at(volume.get_object(), "name")};
    const bool ok{name.size() >= 5 && is_group_name(name)};
    if (!ok) {
      return bad_request("InvalidVolumeName",
                         fmt::format("The volume name '{}' must be 5 to 63 lower-case letters, "
                                     "digits and hyphens, no hyphen doubled.",
                                     name),
                         "properties.volumes");
    }
    int sources{0};
    for (const auto source : {"azureFile", "emptyDir", "secret", "secretReference", "gitRepo"}) {
      sources += volume.get_object().contains(source) ? 1 : 0;
    }
    if (sources != 1 || !names.insert(name).second) {
      return bad_request("InvalidVolume",
                         fmt::format("The volume '{}' needs exactly one source and a name of its "
                                     "own.",
                                     name),
                         "properties.volumes");
    }
  }
  for (const json::value& container : array_at(properties_of(group), "containers")) {
    for (const json::value& mount : array_at(container.get_object(), "properties/volumeMounts")) {
      const std::string name{text_at(mount.get_object(), "name")};
      if (!names.contains(name)) {
        return bad_request(
            "VolumeNotFound",
            fmt::format("A container mounts the volume '{}', which is not defined.", name),
            "properties.volumes");
      }
    }
  }
  return std::nullopt;
}

Complaint check_label(const std::string& label) {
  const bool ok{label.size() >= 5 && label.size() <= 63 && label.back() != '-' &&
                (lower_text(label)[0] >= 'a' && lower_text(label)[0] <= 'z') &&
                std::all_of(label.begin(), label.end(), [](char c) {
                  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-';
                })};
  if (ok) return std::nullopt;
  return bad_request("InvalidDnsNameLabel",
                     fmt::format("The DNS name label '{}' must be 5 to 63 letters, digits and "
                                 "hyphens and begin with a letter.",
                                 label),
                     "properties.ipAddress.dnsNameLabel");
}

Complaint check_address(const Group& group) {
  const json::object& properties{properties_of(group)};
  const bool in_subnet{!array_at(properties, "subnetIds").empty()};
  if (!group.wants_address) return std::nullopt;
  const std::string type{text_at(properties, "ipAddress/type")};
  if (type.empty()) {
    return bad_request("InvalidRequestContent", "'properties.ipAddress.type' is required.",
                       "properties.ipAddress.type");
  }
  if (group.ports.empty() || group.ports.size() > 5) {
    return bad_request("InvalidPortCount", "An IP address exposes 1 to 5 ports.",
                       "properties.ipAddress.ports");
  }
  std::set<int> seen;
  for (const int port : group.ports) {
    if (auto complaint{check_port(port, "properties.ipAddress.ports")}) return complaint;
    seen.insert(port);
  }
  if (seen.size() != group.ports.size()) {
    return bad_request("DuplicatePort", "A port is exposed twice.", "properties.ipAddress.ports");
  }
  if ((type == "Private") != in_subnet) {
    return bad_request("InvalidIPAddressType",
                       "A Private IP address needs subnetIds, and a Public one cannot have them.",
                       "properties.ipAddress.type");
  }
  const std::string label{text_at(properties, "ipAddress/dnsNameLabel")};
  if (label.empty()) return std::nullopt;
  if (in_subnet) {
    return bad_request("InvalidDnsNameLabel", "A group in a subnet cannot have a DNS name label.",
                       "properties.ipAddress.dnsNameLabel");
  }
  return check_label(label);
}

Complaint check_kind(const Group& group) {
  const json::object& properties{properties_of(group)};
  if (text_at(properties, "osType").empty()) {
    return bad_request("InvalidRequestContent", "'properties.osType' is required.",
                       "properties.osType");
  }
  if (group.confidential &&
      (text_at(properties, "osType") != "Linux" ||
       text_at(properties, "confidentialComputeProperties/ccePolicy").empty())) {
    return bad_request("InvalidConfidentialContainerGroup",
                       "A Confidential group needs osType Linux and "
                       "confidentialComputeProperties.ccePolicy.",
                       "properties.sku");
  }
  if (!group.spot) return std::nullopt;
  if (text_at(properties, "ipAddress/type") == "Public" || group.confidential ||
      !array_at(properties, "subnetIds").empty() || !array_at(group.definition, "zones").empty()) {
    return bad_request("InvalidSpotContainerGroup",
                       "A Spot group has no public IP address, subnet, zone or Confidential sku.",
                       "properties.priority");
  }
  static constexpr std::array regions{"eastus2", "westeurope", "westus"};
  if (std::find(regions.begin(), regions.end(), group.region) == regions.end()) {
    return bad_request(
        "SpotNotAvailableInRegion",
        fmt::format("Priority Spot is available in {} only.", fmt::join(regions, ", ")),
        "properties.priority");
  }
  return std::nullopt;
}

/// The part of a definition that an update cannot change, in one comparable document.
json::object fixed_part(const Group& group) {
  const json::object& properties{properties_of(group)};
  json::object fixed;
  for (const auto key : {"osType", "restartPolicy", "subnetIds", "sku", "priority"}) {
    fixed[key] = properties.contains(key) ? properties.at(key) : json::value(nullptr);
  }
  fixed["zones"] = json::value(array_at(group.definition, "zones"));
  fixed["location"] = group.region;
  fixed["ports"] = json::value(array_at(properties, "ipAddress/ports"));
  fixed["ipAddressType"] = text_at(properties, "ipAddress/type");
  fixed["cpu"] = group.cpu;
  fixed["memoryInGB"] = group.memory_gb;
  return fixed;
}

}  // namespace

bool is_group_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
         name.find("--") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_resource_group_name(std::string_view name) {
  return !name.empty() && name.size() <= 90 && name.back() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
                  c == '.' || c == '(' || c == ')' || static_cast<unsigned char>(c) >= 0x80;
         });
}

std::optional<ArmError> validate_tags(const json::object& definition) {
  const json::value* found{definition.if_contains("tags")};
  if (found == nullptr || !found->is_object()) return std::nullopt;
  const json::object& tags{found->get_object()};
  if (tags.size() > 50) {
    return bad_request("InvalidTags", "A resource has at most 50 tags.", "tags");
  }
  std::set<std::string> names;
  for (const auto& [key, value] : tags) {
    const std::string name{lower_text(key)};
    if (name.empty() || name.size() > 512 || value.get_string().size() > 256) {
      return bad_request("InvalidTagNameOrValue",
                         fmt::format("The tag '{}' is too long: names have 1 to 512, values up to "
                                     "256 characters.",
                                     name.substr(0, 60)),
                         "tags");
    }
    if (name.find_first_of("<>%&\\?/") != std::string::npos) {
      return bad_request("InvalidTagNameCharacters",
                         fmt::format("The tag name '{}' has one of the reserved characters "
                                     "<,>,%,&,\\,?,/.",
                                     name),
                         "tags");
    }
    if (name.starts_with("microsoft") || name.starts_with("azure") || name.starts_with("windows")) {
      return bad_request("ReservedTagName",
                         fmt::format("The tag name '{}' has a reserved prefix (microsoft, azure, "
                                     "windows).",
                                     name),
                         "tags");
    }
    if (!names.insert(name).second) {
      return bad_request("DuplicateTagName",
                         "Tag names are compared without case; '" + name + "' is there twice.",
                         "tags");
    }
  }
  return std::nullopt;
}

std::optional<ArmError> validate_group(const Group& group, const EmulatorOptions& options) {
  if (!is_group_name(group.name)) {
    return bad_request("InvalidContainerGroupName",
                       fmt::format("The container group name '{}' must be 1 to 63 lower-case "
                                   "letters, digits and hyphens, no hyphen at the ends or doubled.",
                                   group.name),
                       "containerGroupName");
  }
  if (auto complaint{check_place(group, options)}) return complaint;
  if (auto complaint{validate_tags(group.definition)}) return complaint;
  if (auto complaint{check_kind(group)}) return complaint;
  if (auto complaint{check_containers(group)}) return complaint;
  if (auto complaint{check_size(group)}) return complaint;
  if (auto complaint{check_address(group)}) return complaint;
  return check_volumes(group);
}

std::optional<ArmError> validate_update(const Group& before, const Group& after) {
  const json::object old_part{fixed_part(before)}, new_part{fixed_part(after)};
  for (const auto& [key, value] : old_part) {
    if (new_part.at(key) == value) continue;
    return bad_request(
        "InvalidContainerGroupUpdate",
        fmt::format("The updates on container group '{}' are invalid: '{}' cannot be updated. If "
                    "you are going to update the os type, restart policy, network profile, CPU, "
                    "memory or GPU resources for a container group, you must delete it first and "
                    "then create a new one.",
                    after.name, std::string_view{key}),
        std::string{key});
  }
  return std::nullopt;
}

}  // namespace spillway::emulator
