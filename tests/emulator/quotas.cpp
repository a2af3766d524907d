#include "tests/emulator/quotas.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

bool holds_cores(const Group& group) {
  return group.phase != Phase::stopped && !all_ended(group);
}

ArmError quota_reached(const std::string& row, const Group& group, double limit, double used,
                       double requested) {
  return conflict(
      "ContainerGroupQuotaReached",
      fmt::format("Resource type 'Microsoft.ContainerInstance/containerGroups' container "
                  "group quota '{}' exceeded in region '{}'. Limit: '{}', Usage: '{}' "
                  "Requested: '{}'.",
                  row, group.region, limit, used, requested));
}

ArmError no_capacity(const Group& group) {
  return conflict(
      "ServiceUnavailable",
      fmt::format("The requested resource is not available in the location '{}' at this "
                  "moment. Please retry with a different resource request or in another "
                  "location. Resource requested: '{}' CPU '{}' GB memory 'Linux' OS",
                  group.region, group.cpu, group.memory_gb));
}

std::optional<ArmError> check_quota(const World& world, const Group& group, bool is_new) {
  const std::string cores{group.spot           ? "StandardSpotCores"
                          : group.confidential ? "ConfidentialCores"
                                               : "StandardCores"};
  for (const QuotaRow& row : quota_rows(world, group.subscription, group.region)) {
    const double requested{is_new && row.name == "ContainerGroups" ? 1.0
                           : row.name == cores                     ? group.cpu
                                                                   : 0.0};
    if (requested > 0 && row.used + requested > row.limit) {
      return quota_reached(row.name, group, row.limit, row.used, requested);
    }
  }
  return std::nullopt;
}

std::optional<ArmError> check_room(World& world, const Group& group, bool is_new) {
  const Limits& limits{world.options.limits};
  const FaultSubject subject{.group = group.name, .region = group.region};
  if (world.faults.take(FaultKind::quota_exhausted, subject, world.now())) {
    return quota_reached("StandardCores", group, group.cpu, group.cpu, group.cpu);
  }
  if (auto error{check_quota(world, group, is_new)}) return error;
  if (world.faults.take(FaultKind::capacity_refused, subject, world.now())) {
    return no_capacity(group);
  }
  if (!limits.capacity_cores) return std::nullopt;
  double used{group.cpu};
  for (const auto& [key, other] : world.groups()) {
    if (other.region == group.region && holds_cores(other)) used += other.cpu;
  }
  for (const auto& [key, pool] : world.standby_pools) {
    if (pool.region == group.region) used += static_cast<double>(pool.members.size()) * pool.cpu;
  }
  if (used > *limits.capacity_cores) return no_capacity(group);
  return std::nullopt;
}

}  // namespace

std::vector<QuotaRow> quota_rows(const World& world, const std::string& subscription,
                                 const std::string& region) {
  double groups{0}, dedicated{0}, cores{0}, spot_cores{0}, confidential_cores{0};
  for (const auto& [key, group] : world.groups()) {
    if (!equal_text(group.subscription, subscription) || group.region != region) continue;
    (group.dedicated ? dedicated : groups) += 1;
    if (!holds_cores(group)) continue;
    (group.spot ? spot_cores : group.confidential ? confidential_cores : cores) += group.cpu;
  }
  for (const auto& [key, pool] : world.standby_pools) {
    if (!equal_text(pool.name.subscription, subscription) || pool.region != region) continue;
    groups += static_cast<double>(pool.members.size());
    cores += static_cast<double>(pool.members.size()) * pool.cpu;
  }
  const Limits& limits{world.options.limits};
  const double groups_max{static_cast<double>(limits.groups_per_region)};
  return {{"ContainerGroups", "Container Groups", groups, groups_max},
          {"StandardCores", "Standard Cores", cores, limits.cores_per_region},
          {"StandardSpotCores", "Standard Spot Cores", spot_cores, limits.spot_cores_per_region},
          {"DedicatedContainerGroups", "Dedicated Container Groups", dedicated, groups_max},
          {"ConfidentialCores", "Confidential Cores", confidential_cores, limits.cores_per_region}};
}

std::string rate_key(const std::string& subscription, const std::string& region) {
  return lower_text(subscription) + "/" + region;
}

std::optional<ArmError> admit(World& world, const Group& group) {
  const Limits& limits{world.options.limits};
  RateWindow& window{world.creates
                         .try_emplace(rate_key(group.subscription, group.region),
                                      limits.creates_per_5_minutes, limits.creates_per_hour)
                         .first->second};
  if (const auto wait{window.take(world.now())}) {
    return too_many_requests(
        fmt::format("Too many container group creates: the limit is {} per 5 minutes and {} per "
                    "hour.",
                    limits.creates_per_5_minutes, limits.creates_per_hour),
        world.client_seconds(*wait));
  }
  return check_room(world, group, true);
}

bool has_room(World& world, const Group& group) {
  return !check_room(world, group, true);
}

std::optional<ArmError> admit_again(World& world, const Group& group) {
  return check_room(world, group, false);
}

}  // namespace spillway::emulator
