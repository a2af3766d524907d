#include "tests/emulator/validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "tests/emulator/container_rules.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/naming.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;
using Complaint = std::optional<ArmError>;

const json::object& properties_of(const Group& group) {
  return group.definition.at("properties").get_object();
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

Complaint check_size(const Group& group) {
  const double cpu_max{group.spot ? 4.0 : 31.0};
  const double memory_max{group.spot ? 16.0 : group.confidential ? 180.0 : 240.0};
  if (group.cpu <= cpu_max && group.memory_gb <= memory_max) return std::nullopt;
  return bad_request(
      "InvalidResourceRequests",
      fmt::format("Container group '{}' requests {} cpu and {} GB; the limit is {} cpu and {} GB.",
                  group.name, group.cpu, group.memory_gb, cpu_max, memory_max));
}

/// The service assigns only what it knows, and the user's own only if they are named.
Complaint check_identity(const Group& group) {
  const json::value* const identity{find_at(group.definition, "identity")};
  if (identity == nullptr) return std::nullopt;
  const std::string type{lower_text(text_at(group.definition, "identity/type"))};
  static constexpr std::array kinds{"none", "systemassigned", "userassigned",
                                    "systemassigned, userassigned", "systemassigned,userassigned"};
  if (std::find(kinds.begin(), kinds.end(), type) == kinds.end()) {
    return bad_request("InvalidIdentityType",
                       fmt::format("The identity type '{}' is none of SystemAssigned, "
                                   "UserAssigned, 'SystemAssigned, UserAssigned' and None.",
                                   type),
                       "identity.type");
  }
  const bool takes_own{type.find("userassigned") != std::string::npos};
  if (takes_own == !object_at(group.definition, "identity/userAssignedIdentities").empty()) {
    return std::nullopt;
  }
  return bad_request("InvalidRequestContent",
                     "'identity.userAssignedIdentities' names the identities of the type "
                     "UserAssigned, and of no other.",
                     "identity.userAssignedIdentities");
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
      const std::string path{text_at(mount.get_object(), "mountPath")};
      if (path.empty() || path.find(':') != std::string::npos) {
        return bad_request(
            "InvalidVolumeMountPath",
            fmt::format("The mount path '{}' of the volume '{}' must be there, without a colon.",
                        path, name),
            "properties.containers");
      }
    }
  }
  return std::nullopt;
}

Complaint check_label(const std::string& label) {
  if (is_dns_label(label)) return std::nullopt;
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
  if (group.ports.empty()) {
    return bad_request("MissingIpAddressPorts",
                       fmt::format("The ports in the 'ipAddress' of container group '{}' cannot "
                                   "be empty.",
                                   group.name),
                       "properties.ipAddress.ports");
  }
  if (group.ports.size() > 5) {
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
  fixed["ports"] = json::value(array_at(properties, "ipAddress/ports"));
  fixed["ipAddressType"] = text_at(properties, "ipAddress/type");
  fixed["cpu"] = group.cpu;
  fixed["memoryInGB"] = group.memory_gb;
  return fixed;
}

}  // namespace

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
  if (auto complaint{check_identity(group)}) return complaint;
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
