// What Azure would refuse of a workload's replica, in each of its sizes and at each place of the
// provider, so that `check` says it before a create does. Pure.
#pragma once

#include <vector>

#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/template_rules.hpp"
#include "controller/settings/replica_config.hpp"

namespace spillway::settings {

/// Each fault once, with its path below `replica`; one of a further size is blamed on that size.
/// Without an image nothing runs yet: that it is missing is no fault here, as mode `act` asks for
/// it.
std::vector<aci::TemplateFault> replica_faults(const ReplicaConfig& config,
                                               const aci::AciSettings& azure);

}  // namespace spillway::settings
