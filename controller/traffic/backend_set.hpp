// The backends of one workload as an adapter wants them to be that changes all at once: what is
// known, and what calls make of it. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/traffic/traffic.hpp"

namespace spillway {

/// By the name of the group.
using BackendSet = std::map<std::string, ListedBackend>;

/// `backends` after `calls`, in their order: admitted at the address and weight of the call;
/// draining where it is known (as the call says it if it is partial), and not added where it is
/// not; gone.
BackendSet after(BackendSet backends, const std::vector<TrafficCall>& calls);

}  // namespace spillway
