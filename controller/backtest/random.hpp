// Random numbers as a pure function of (seed, stream, index): no state, so that two policies in one
// world meet the same noise whatever each of them does, and any draw can be repeated by itself.
// Not for secrets.
#pragma once

#include <cstdint>
#include <span>

namespace spillway::backtest {

/// What is drawn: streams are independent of each other.
enum class Stream : std::uint64_t { arrivals = 1, burst_start, burst_failure, vm_start };

class Dice {
 public:
  explicit constexpr Dice(std::uint64_t seed) : seed_{seed} {}

  /// Uniform in (0, 1): never 0, never 1. `part` tells several draws for one index apart.
  double uniform(Stream stream, std::uint64_t index, std::uint64_t part = 0) const;

  /// Standard normal (Box and Muller 1958); uses the parts 0 and 1.
  double normal(Stream stream, std::uint64_t index) const;

  /// exp(ln(median) + sigma * normal).
  double lognormal(Stream stream, std::uint64_t index, double median, double sigma) const;

  /// A count with this mean, at least 0. Exact: inversion up to a mean of 10, beyond it the
  /// transformed rejection PTRS (Hormann 1993).
  std::int64_t poisson(Stream stream, std::uint64_t index, double mean) const;

 private:
  std::uint64_t seed_;
};

/// One seed out of a seed and what a load needs, so that each load has noise of its own, and the
/// same load the same noise under any name.
std::uint64_t seed_for(std::uint64_t seed, std::span<const std::int32_t> need);

}  // namespace spillway::backtest
