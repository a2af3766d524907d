// What cost policies share: ceilings count base and burst together, while money buys burst alone.
#pragma once

#include <optional>

#include "controller/core/history.hpp"
#include "controller/core/snapshot.hpp"

namespace spillway {

/// The burst replicas that run or start; of an unknown fleet, those wanted at the last tick.
std::optional<Replicas> running_burst(const Snapshot& now, const History& past);

/// The count of base, VMs and burst together in which exactly `burst` are burst replicas, as the
/// decision splits it. While the cluster is unknown: the last count, and the difference to its
/// burst. Nothing if that is unknown as well.
std::optional<Replicas> total_with_burst(Replicas burst, const Snapshot& now, const History& past);

}  // namespace spillway
