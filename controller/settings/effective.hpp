// Settings as they apply, defaults included, as YAML. Reads back as the same settings apart from
// secrets, which are `***`.
#pragma once

#include <string>

#include "controller/core/fields.hpp"

namespace spillway::settings {

/// What `describe` declares, one setting per line; deterministic. `describe` is called with a
/// visitor that only looks.
std::string effective_yaml(const Fields::Describe& describe);

/// The same with the secrets themselves: to tell in memory whether two configs differ. Never print
/// or store it.
std::string revealing_yaml(const Fields::Describe& describe);

}  // namespace spillway::settings
