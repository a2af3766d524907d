// What a reload changes, for the log line that announces it. Compares the effective settings, so
// that a comment, a reordering or a default written out is no change.
#pragma once

#include <string>
#include <vector>

#include "controller/settings/config.hpp"

namespace spillway::settings {

/// `{"interval", "api", "workloads.web", "workloads.new (added)"}`: the top-level keys and the
/// workloads that differ, in the order of the reference. A changed secret counts; its value is not
/// in the answer.
std::vector<std::string> changed_sections(const Config& before, const Config& after);

}  // namespace spillway::settings
