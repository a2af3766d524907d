// One listing out of those of several HAProxy processes. Pure.
#pragma once

#include <vector>

#include "controller/traffic/traffic.hpp"

namespace spillway::haproxy {

/// Each backend once, in the order of first sight, with the requests in flight of all processes.
/// admitted: in every listing, everywhere at the same address and weight; draining: nowhere
/// admitted; else partial. The address is that of the first listing that has it.
std::vector<ListedBackend> merge(const std::vector<std::vector<ListedBackend>>& listings);

}  // namespace spillway::haproxy
