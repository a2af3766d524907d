// Reading a policy's memory back: numbers that came from a journal, and so may be anything. What is
// not in the expected shape begins anew; it never ends the controller.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "controller/core/recommendation.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// Loads beyond this are no measurement; keeps sums over an hour far from the end of `double`.
inline constexpr double largest_load_rps{1e12};
/// A replica that completes more, or less, than this is not one that anybody runs.
inline constexpr double largest_rate_rps{1e9};
inline constexpr double smallest_rate_rps{1e-9};

/// Adds up nothing of each number, which only an infinity and what is no number spoil: in four
/// sums, since memories of hundreds of numbers are looked at for every decision.
inline bool all_finite(std::span<const double> numbers) {
  std::array<double, 4> sums{};
  for (; numbers.size() >= sums.size(); numbers = numbers.subspan(sums.size())) {
    for (std::size_t lane{0}; lane < sums.size(); ++lane) sums[lane] += numbers[lane] * 0.0;
  }
  for (const double each : numbers) sums[0] += each * 0.0;
  return sums[0] + sums[1] + sums[2] + sums[3] == 0.0;
}

/// The memory if it may be one: of bounded size, with numbers that are counts, instants or shares.
inline Memory plausible(const Memory& memory) {
  constexpr std::size_t most_numbers{2'500};
  constexpr double largest{9.0e15};
  const bool is_sound{memory.size() <= most_numbers && std::ranges::all_of(memory, [](double each) {
                        return std::abs(each) <= largest;  // false for what is no number
                      })};
  return is_sound ? memory : Memory{};
}

/// Milliseconds since 1970: exact in a double for 285 000 years.
inline double to_memory(TimePoint instant) {
  return static_cast<double>(instant.time_since_epoch().count());
}

/// Clamped to what `TimePoint` can hold in a calendar.
inline TimePoint instant_from_memory(double milliseconds) {
  if (!std::isfinite(milliseconds)) return TimePoint{};
  return TimePoint{Duration{static_cast<Duration::rep>(std::clamp(milliseconds, -9.0e15, 9.0e15))}};
}

/// A count that was kept; 0 for what is no count.
inline Replicas count_from_memory(double number) {
  if (!std::isfinite(number)) return {};
  return {static_cast<int>(std::clamp(number, 0.0, 1e6))};
}

}  // namespace spillway
