// The JSON of what runs in a container group: main container, sidecars, init containers, and their
// volumes (api-version 2025-09-01). Pure and deterministic.
#pragma once

#include <boost/json/array.hpp>
#include <string_view>

#include "controller/core/group.hpp"
#include "controller/core/replica_template.hpp"

namespace spillway::aci {

/// The main container of each group we create; logs are asked for by this name.
inline constexpr std::string_view container_name{"replica"};

/// The main container first, then the sidecars. Example: a group of 1 vCPU and 1.5 GB with a
/// sidecar of 0.2 vCPU and 0.3 GB leaves the main container 0.8 vCPU and 1.2 GB.
boost::json::array containers_of(const ReplicaTemplate& replica, const GroupSize& size);

/// In their order; empty if there is none.
boost::json::array init_containers_of(const ReplicaTemplate& replica);

/// Empty if there is none. The content of secret files is in base64, as Azure wants it.
boost::json::array volumes_of(const ReplicaTemplate& replica);

/// A share of vCPUs or gigabytes as it is sent: two decimals, so that 1.0 - 0.9 is 0.1.
double rounded_share(double amount);

}  // namespace spillway::aci
