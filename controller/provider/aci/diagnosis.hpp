// What `spillway doctor` concludes from Azure's answers: pure judgements, one for each thing that
// keeps a burst from working. Asking is doctor.hpp's business.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/finding.hpp"
#include "controller/core/group.hpp"
#include "controller/core/replica_template.hpp"
#include "controller/core/units.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::aci {

/// What one workload would burst.
struct Wanted {
  std::string workload{};
  ReplicaTemplate replica{};
  GroupSize size{};
  std::vector<GroupSize> sizes{};  ///< further ones that may be chosen instead
  int groups_max{0};               ///< at the workload's own limit; 0: no limit
  bool keeps_warm{false};
};

/// A type of resource as Azure names it.
struct ResourceKind {
  std::string_view space{};  ///< of its resource provider
  std::string_view type{};
};
inline constexpr ResourceKind container_groups{"Microsoft.ContainerInstance", "containerGroups"};
inline constexpr ResourceKind standby_pools{"Microsoft.StandbyPool", "standbyContainerGroupPools"};

/// Tokens and assertions are refused from five minutes of skew on; half a minute is worth a look.
Finding judge_clock(TimePoint ours, TimePoint theirs);

/// One row of what a region can run.
struct Capability {
  std::string os{};       ///< `Linux`
  std::string address{};  ///< `Public`, `Private`
  std::string gpu{};      ///< `None`, or a kind
  double vcpu_max{0.0};
  double memory_gb_max{0.0};
};

/// Error: `malformed`.
Result<std::vector<Capability>> parse_capabilities(std::string_view body);

/// Whether a Linux group of this size can exist in the region at all.
Finding judge_capabilities(const std::vector<Capability>& rows, const Wanted& wanted,
                           const Place& place);

/// Whether what the workload may ask for fits into the quota. Core quotas bite before group quotas:
/// new subscriptions often have 10 cores. A limit of 0 is for a person to clear. One finding for
/// each row that says something about this workload and place.
std::vector<Finding> judge_usages(const std::vector<Usage>& rows, const Wanted& wanted,
                                  const Place& place);

/// The quota row that counts cores in a place.
std::string_view cores_row(const ReplicaTemplate& replica, const Place& place);

struct Permission {
  std::vector<std::string> actions{};
  std::vector<std::string> not_actions{};
};

/// Error: `malformed`.
Result<std::vector<Permission>> parse_permissions(std::string_view body);

/// True if one permission has the action in `actions` and not in `notActions`; `*` stands for
/// anything, case does not count.
bool allows(const std::vector<Permission>& permissions, std::string_view action);

/// What Spillway does in the resource group; with a subnet, identities or a standby pool it needs
/// more.
std::vector<std::string> needed_actions(const std::vector<Wanted>& wanted);

Finding judge_rights(const std::vector<Permission>& permissions,
                     const std::vector<std::string>& needed, std::string subject);

/// Of `GET .../providers/NAMESPACE`: registered, and offered in the region. Error: `malformed`.
Result<Finding> judge_registration(std::string_view body, const Place& place,
                                   const ResourceKind& kind = container_groups);

/// Host of the registry that an image comes from; `docker.io` if it names none.
std::string registry_of(std::string_view image);

}  // namespace spillway::aci
