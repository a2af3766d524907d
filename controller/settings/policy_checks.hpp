// What a list of policies asks of the rest of the config: signals to read, machines of the size
// that the cluster has, and a name for each.
#pragma once

#include <memory>
#include <vector>

#include "controller/settings/check_context.hpp"

namespace spillway::settings {

/// `section` leads to what holds the list: `{"workloads", "web"}`, or its `shadow`.
void check_policies(CheckContext& context, const Steps& section, const WorkloadConfig& workload,
                    const std::vector<std::shared_ptr<PolicyDraft>>& policies);

}  // namespace spillway::settings
