// What is wrong with a query that can be seen without asking: only queries in our own words, those
// of HAProxy's statistics, can be read here.
#pragma once

#include <optional>
#include <string>

#include "controller/settings/config.hpp"

namespace spillway::settings {

/// What the source of `signal` would answer to a query that it cannot read; nothing if it can, or
/// if that is not known. Placeholders stand for any name.
std::optional<std::string> query_fault(const Config& config, const SignalSettings& signal);

}  // namespace spillway::settings
