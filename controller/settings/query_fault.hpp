// What is wrong with a query that can be seen without asking: of queries in our own words, those of
// HAProxy's statistics, everything; of PromQL what no server would read.
#pragma once

#include <optional>
#include <string>

#include "controller/settings/config.hpp"

namespace spillway::settings {

/// What the source of `signal` would answer to a `query` that it cannot read; nothing if it can, or
/// if that is not known. Placeholders stand for any name.
std::optional<std::string> query_fault(const Config& config, const SignalSettings& signal,
                                       const std::string& query);

}  // namespace spillway::settings
