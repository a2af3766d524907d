// From measured start times of one place to what policies plan with. Pure; where the samples are
// kept is the store's business.
#pragma once

#include <cstddef>
#include <span>

#include "controller/core/snapshot.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// How many of the newest samples of a place count: enough for a p95 that rests on ten of them, few
/// enough to follow a region that became slower within a day of bursts.
inline constexpr std::size_t start_samples_kept{200};

/// With fewer, one odd start would set the horizon of every look ahead: the defaults hold.
inline constexpr std::size_t start_samples_needed{5};

/// Median and 95th percentile by nearest rank (the smallest sample that at least that share of all
/// does not exceed), of the samples in any order; the defaults with fewer than
/// `start_samples_needed`. Example: of 20, 21, ..., 39 s the median is 29 s and the p95 38 s.
StartTimes start_times_of(std::span<const Duration> samples);

}  // namespace spillway
