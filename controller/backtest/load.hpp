// From a recorded trace to a load for every second, and what it needs: interpolated between the
// centres of the bins, scaled, clipped. Shared by all policies and seeds; immutable afterwards.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/backtest/world.hpp"
#include "controller/core/error.hpp"

namespace spillway::backtest {

/// When a load begins of which nobody knows: a Monday, midnight UTC, so that schedules have
/// weekdays.
inline constexpr TimePoint world_begin{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};

/// A recorded load: means over bins that begin at `times` and end where the next begins; the last
/// is as long as the one before it. A value that is not a number is a gap: interpolated between
/// values, and no part of the load before the first and after the last. The load begins with the
/// first value, whatever its time; those from a billion
/// seconds to the year 2100 are of the Unix clock.
struct LoadTrace {
  std::string name{};
  std::optional<TimePoint> origin{};  ///< of the time 0, where it is known
  std::vector<Duration> times{};      ///< since any instant, increasing
  std::vector<double> values{};       ///< one for each time, not negative
};

struct Load {
  std::string name{};
  std::vector<double> rps{};         ///< arrivals in each second
  std::vector<std::int32_t> need{};  ///< for each second: fewest replicas that hold it
  std::vector<double> held_rps{};    ///< by count of replicas: what they hold within the SLO
  int base{0};                       ///< replicas of the fixed cluster
  double total_requests{0.0};
  TimePoint begins{world_begin};  ///< what the clock says in the first second
  double interpolated_s{0.0};     ///< of which the trace tells nothing
  double cut_s{0.0};              ///< without a value before the first and after the last

  int seconds() const { return static_cast<int>(rps.size()); }
  /// The fewest replicas that hold `rate_rps`.
  int need_of(double rate_rps) const {
    return static_cast<int>(std::lower_bound(held_rps.begin(), held_rps.end(), rate_rps) -
                            held_rps.begin());
  }
  /// What `replicas` hold; more than any second needs hold everything there is.
  double held_by(int replicas) const {
    const auto last{held_rps.size() - 1};
    return held_rps[std::min(static_cast<std::size_t>(replicas), last)];
  }
};

/// The load of `trace` in `world`. Errors: malformed, if the trace is too short, negative, or so
/// empty that its peak is zero.
Result<Load> prepare(const LoadTrace& trace, const World& world);

/// The value at `share` (0 to 1) of `values` in order, interpolated between the two nearest.
/// Example: the median of 1, 2, 10, 20 is 6.
double percentile(std::vector<double> values, double share);

}  // namespace spillway::backtest
