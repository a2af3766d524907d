// What a list of policies asks of the rest of the config: signals to read, machines of the size
// that the cluster has, and a name for each; and what their tests ask of it.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "controller/settings/check_context.hpp"

namespace spillway::settings {

/// `section` leads to what holds the list: `{"workloads", "web"}`, or its `shadow`.
void check_policies(CheckContext& context, const Steps& section, const WorkloadConfig& workload,
                    const std::vector<std::shared_ptr<PolicyDraft>>& policies);

/// A test that gives a reading of a signal that the workload has not tests nothing.
void check_test_readings(CheckContext& context, std::string_view name,
                         const WorkloadConfig& workload);

}  // namespace spillway::settings
