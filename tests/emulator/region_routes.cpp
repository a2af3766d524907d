// What a region has and grants: usages, capabilities, cached images; and the provider's operations.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/quotas.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace region_calls {
namespace {

namespace json = boost::json;

std::optional<ArmError> unknown_region(const Call& call) {
  return spillway::emulator::unknown_region(call.world.options,
                                            region_name(call.capture("location")),
                                            "Microsoft.ContainerInstance/locations");
}

Response usages(const Call& call) {
  if (auto error{unknown_region(call)}) return to_response(*error);
  const std::string region{region_name(call.capture("location"))};
  json::array value;
  for (const QuotaRow& row : quota_rows(call.world, call.capture("subscription"), region)) {
    value.push_back(
        {{"id", fmt::format("/subscriptions/{}/providers/Microsoft.ContainerInstance/locations/{}"
                            "/usages/{}",
                            call.capture("subscription"), region, row.name)},
         {"name", {{"value", row.name}, {"localizedValue", row.localized}}},
         {"currentValue", static_cast<int>(row.used)},
         {"limit", static_cast<int>(row.limit)},
         {"unit", "Count"}});
  }
  return json_response(200, {{"value", std::move(value)}});
}

Response capabilities(const Call& call) {
  if (auto error{unknown_region(call)}) return to_response(*error);
  const std::string region{region_name(call.capture("location"))};
  json::array value;
  for (const auto os : {"Linux", "Windows"}) {
    for (const auto address : {"Public", "Private"}) {
      value.push_back(
          {{"resourceType", "containerGroups"},
           {"osType", os},
           {"location", region},
           {"ipAddressType", address},
           {"gpu", "None"},
           {"capabilities", {{"maxMemoryInGB", 240}, {"maxCpu", 31}, {"maxGpuCount", 0}}}});
    }
  }
  return json_response(200, {{"value", std::move(value)}});
}

Response cached_images(const Call& call) {
  if (auto error{unknown_region(call)}) return to_response(*error);
  json::array value;
  for (const auto image : {"microsoft/nanoserver", "microsoft/windowsservercore"}) {
    value.push_back({{"osType", "Windows"}, {"image", image}});
  }
  for (const auto image : {"alpine:latest", "busybox:latest", "ubuntu:latest"}) {
    value.push_back({{"osType", "Linux"}, {"image", image}});
  }
  return json_response(200, {{"value", std::move(value)}});
}

Response provider_operations(const Call&) {
  struct Row {
    std::string_view name, resource, operation;
  };
  static constexpr std::array rows{
      Row{"containerGroups/read", "Container Groups", "Get Container Group"},
      Row{"containerGroups/write", "Container Groups", "Create or Update Container Group"},
      Row{"containerGroups/delete", "Container Groups", "Delete Container Group"},
      Row{"containerGroups/restart/action", "Container Groups", "Restart Container Group"},
      Row{"containerGroups/stop/action", "Container Groups", "Stop Container Group"},
      Row{"containerGroups/start/action", "Container Groups", "Start Container Group"},
      Row{"containerGroups/containers/logs/read", "Containers", "Get Container Logs"},
      Row{"containerGroups/containers/exec/action", "Containers", "Execute Command"},
      Row{"locations/usages/read", "Usages", "Get Usages"},
      Row{"locations/capabilities/read", "Capabilities", "Get Capabilities"},
  };
  json::array value;
  for (const Row& row : rows) {
    value.push_back({{"name", fmt::format("Microsoft.ContainerInstance/{}", row.name)},
                     {"display",
                      {{"provider", "Microsoft Container Instance"},
                       {"resource", row.resource},
                       {"operation", row.operation},
                       {"description", row.operation}}},
                     {"origin", "User"}});
  }
  return json_response(200, {{"value", std::move(value)}});
}

#define SPILLWAY_REGION \
  "/subscriptions/{subscription}/providers/Microsoft.ContainerInstance/locations/{location}"

constexpr auto aci{Versions::container_instance};
constexpr std::array routes{
    Route{"GET", SPILLWAY_REGION "/usages", "Location_ListUsage", aci, usages},
    Route{"GET", SPILLWAY_REGION "/capabilities", "Location_ListCapabilities", aci, capabilities},
    Route{"GET", SPILLWAY_REGION "/cachedImages", "Location_ListCachedImages", aci, cached_images},
    Route{"GET", "/providers/Microsoft.ContainerInstance/operations", "Operations_List", aci,
          provider_operations},
};

}  // namespace
}  // namespace region_calls

std::optional<ArmError> unknown_region(const EmulatorOptions& options, const std::string& region,
                                       std::string_view type) {
  const auto& regions{options.regions};
  if (std::find(regions.begin(), regions.end(), region) != regions.end()) return std::nullopt;
  return bad_request(
      "LocationNotAvailableForResourceType",
      fmt::format("The provided location '{}' is not available for resource type '{}'. List of "
                  "available regions for the resource type is '{}'.",
                  region, type, fmt::join(regions, ",")),
      "location");
}

std::span<const Route> region_routes() {
  return region_calls::routes;
}

}  // namespace spillway::emulator
