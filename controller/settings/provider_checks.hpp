// What a workload asks for and the provider cannot give: sizes that Azure refuses, addresses where
// every place is Spot, one subnet in two regions, a standby pool without a regular place.
#pragma once

#include <string>

#include "controller/settings/check_context.hpp"

namespace spillway::settings {

/// What the environment would fill in where the section leaves it out.
void check_provider_environment(CheckContext& context);

void check_provider(CheckContext& context, const std::string& name, const WorkloadConfig& workload);

}  // namespace spillway::settings
