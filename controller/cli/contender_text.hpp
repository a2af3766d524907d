// Who takes part in a backtest, as a person writes it:
//
//   hpa,keda{target_utilization: 0.5},static_peak
//
// A policy type with its defaults, or with settings as in the config file. What the world knows and
// the policy needs (what a replica completes, how many a machine holds, prices, delays, the
// promise) is filled in from it, unless the text says it. Scripts (relative to the working
// directory) and time zones that a policy names are read here.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/backtest/contest.hpp"
#include "controller/core/error.hpp"
#include "policies/registry.hpp"

namespace spillway::cli {

/// Error: bad_request, with every mistake and its place.
Result<std::vector<backtest::Contender>> contenders_of(std::string_view text,
                                                       const backtest::World& world);

/// A policy of `type` with the settings `given` (the inside of the braces) and what the world
/// knows. Error: bad_request, with every mistake at its place in `name`.
Result<std::shared_ptr<PolicyDraft>> draft_in_world(const std::string& name,
                                                    const std::string& type,
                                                    const std::string& given,
                                                    const backtest::World& world);

}  // namespace spillway::cli
