// Single settings of a struct by their names, for whoever knows a setting only by what it is
// called: a policy's drafts are known by their declarations alone.
#pragma once

#include <map>
#include <string>

#include "controller/core/fields.hpp"

namespace spillway::settings {

/// What `describe` declares: `vm.replicas` -> `4`, `wait` -> `200ms`, as YAML has it. Without lists
/// and maps of sections, and without what is not set.
std::map<std::string, std::string> values_by_path(const Fields::Describe& describe);

}  // namespace spillway::settings
