// The size of the group of one pod. Pure.
#pragma once

#include "controller/core/derived_replica.hpp"
#include "controller/core/group.hpp"

namespace spillway::virtual_node {

/// Rounds the sidecars of `described` in place, and returns what the whole group gets: each
/// container in steps of 0.01 vCPU and 0.1 GB, never below one step, always up, so that none has
/// less than its pod asks for. A main container that asks for nothing gets 1 vCPU and 1.5 GB.
/// Example: 64 MiB (0.067 GB) beside a sidecar of 20 MiB make 0.2 GB.
GroupSize take_rounded_size(DerivedReplica& described);

}  // namespace spillway::virtual_node
