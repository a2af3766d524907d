// What no single setting can know: that names refer to something, that mode `act` has all it needs,
// that an open port is protected. Adds to the complaints of the reading, with places.
#pragma once

#include "controller/settings/config.hpp"
#include "controller/settings/environment.hpp"
#include "controller/settings/node.hpp"

namespace spillway::settings {

/// Checks `config`, which was read from `root`. Says nothing about settings that the reader has
/// already complained about.
void check_config(const Config& config, const Node& root, const Environment& environment,
                  Complaints& complaints);

}  // namespace spillway::settings
