// What Azure Container Instances refuses whatever the weather, found before anything is sent: the
// rules of its documentation over a replica template, its size and its place. Pure; `spillway
// check` reports every fault at its line, and a create refuses a template that has one.
#pragma once

#include <string>
#include <vector>

#include "controller/core/group.hpp"
#include "controller/core/replica_template.hpp"

namespace spillway::aci {

struct TemplateFault {
  /// Keys of the config file below `replica`: {"sidecars", "0", "name"}. Empty: the whole template.
  std::vector<std::string> path{};
  std::string message{};  ///< what is wrong, and what to do about it

  bool operator==(const TemplateFault&) const = default;
};

/// `sidecars.0.name: ...`.
std::string sentence_of(const TemplateFault& fault);

/// Every fault of the template itself, in the order of the settings.
std::vector<TemplateFault> template_faults(const ReplicaTemplate& replica, const GroupSize& size);

/// What the template asks for that `place` cannot have: Spot has no public address, subnet, zone or
/// confidential groups, is limited to 4 vCPU and 16 GB, and exists in three regions.
std::vector<TemplateFault> place_faults(const ReplicaTemplate& replica, const GroupSize& size,
                                        const Place& place);

/// What the template asks for that a container group profile, and so a member of a standby pool,
/// cannot have. By the API description (2025-09-01) a profile has no identity; a DNS label is
/// unique in a region, and all members would bear the same. Subnet and zones are the pool's to
/// name.
std::vector<TemplateFault> standby_faults(const ReplicaTemplate& replica);

}  // namespace spillway::aci
