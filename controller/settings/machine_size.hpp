// How many replicas an extra machine holds, as a policy's settings say it. A policy that counts
// machines by another size than the cluster has asks for too many or too few of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/settings/config.hpp"

namespace spillway::settings {

struct MachineSizeFault {
  std::vector<std::string_view> steps{};  ///< to the setting, from the policy: `vm`, `replicas`
  std::string message{};
};

/// What is wrong; nothing if the policy asks for no machines, or nobody says what they hold.
std::optional<MachineSizeFault> machine_size_fault(const Config& config,
                                                   const WorkloadConfig& workload,
                                                   PolicyDraft& policy);

/// The replicas that the policy has a machine hold; nothing if it asks for no machines.
std::optional<int> machine_size_of(PolicyDraft& policy);

}  // namespace spillway::settings
