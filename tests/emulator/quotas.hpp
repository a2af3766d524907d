// What one region grants a subscription: groups and cores, counted over the groups that exist.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/emulator/world.hpp"

namespace spillway::emulator {

struct QuotaRow {
  std::string name;  ///< ContainerGroups, StandardCores...
  std::string localized;
  double used;
  double limit;
};

/// The rows of `locations/{region}/usages`. Failed and stopped groups count as groups; stopped and
/// ended ones hold no cores.
std::vector<QuotaRow> quota_rows(const World& world, const std::string& subscription,
                                 const std::string& region);

/// ACI counts creates and deletes for each region of a subscription.
std::string rate_key(const std::string& subscription, const std::string& region);

/// Why `group` cannot be created now: rate, quota, capacity, in the order the service looks.
/// Counts the create against the rate if it is let through to the quota.
std::optional<ArmError> admit(World& world, const Group& group);

/// Whether quota and capacity would let such a group in now, whatever the rate of creates.
bool has_room(World& world, const Group& group);

/// Why a stopped or ended `group` cannot be started again now: its cores may be somebody else's by
/// now.
std::optional<ArmError> admit_again(World& world, const Group& group);

}  // namespace spillway::emulator
