// The keys that a line of `spillway decide` may have, so that a misspelt one is told: without a
// word `laod` would be a load that is missing, and `redy` a cluster that nobody knows.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/snapshot.hpp"
#include "controller/state/exact_json.hpp"

namespace spillway::cli {

/// Signals that every workload may have.
inline constexpr std::array usual_signals{signal::load, signal::utilization, signal::queue,
                                          signal::late};

/// The keys of the line `root`, an object, that nobody reads, those within sections as
/// `base.redy`. `own` are the workload's own signals.
std::vector<std::string> unknown_keys(const state::JsonNode& root,
                                      std::span<const std::string> own);

/// What to say of one: what it may mean, or what there is in its place.
std::string words_on_unknown_key(std::string_view key, std::span<const std::string> own);

}  // namespace spillway::cli
