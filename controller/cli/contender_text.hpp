// Who takes part in a backtest, as a person writes it:
//
//   hpa,keda{target_utilization: 0.5},static_peak
//
// A policy type with its defaults, or with settings as in the config file. What the world knows and
// the policy needs (what a replica completes, how many a machine holds) is filled in from it.
#pragma once

#include <string_view>
#include <vector>

#include "controller/backtest/contest.hpp"
#include "controller/core/error.hpp"

namespace spillway::cli {

/// Error: bad_request, with every mistake and its place.
Result<std::vector<backtest::Contender>> contenders_of(std::string_view text,
                                                       const backtest::World& world);

}  // namespace spillway::cli
