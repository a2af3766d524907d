// Reads a tree of YAML values into settings structs, led by their own declarations (Fields). Goes
// on after every error, so that all of them are reported at once; a setting with an error keeps its
// default.
#pragma once

#include <string>

#include "controller/core/fields.hpp"
#include "controller/settings/environment.hpp"
#include "controller/settings/node.hpp"

namespace spillway::settings {

/// Reads the map `root` into what `describe` declares. Unknown keys are errors.
void read_settings(const Node& root, const Fields::Describe& describe,
                   const Environment& environment, Complaints& complaints);

/// Names of sources, clusters, workloads, ...: they end up in labels, URLs and paths.
inline constexpr std::string_view name_pattern{"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"};
bool is_name(std::string_view text);

}  // namespace spillway::settings
