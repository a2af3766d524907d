// One measured value together with how far it can be trusted. Missing is not zero: a policy must
// ask whether a reading is usable before it can get at a number, and a NaN never gets this far.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway {

enum class Quality {
  fresh,    ///< sampled within `stale_after`: may raise and may lower the fleet
  stale,    ///< the last known value, too old: shown, never used to shrink
  missing,  ///< no value: source down, empty answer, NaN, ambiguous
};

std::string_view to_string(Quality quality);

class Reading {
 public:
  /// A value sampled recently enough. `value` must be finite.
  static Reading fresh(double value, TimePoint sampled_at);
  /// The last known value after it grew too old. `why` says since when, or what is failing.
  static Reading stale(double value, TimePoint sampled_at, std::string why);
  /// No value; `why` is the sentence for `explain`: "prometheus prom: connection refused".
  static Reading missing(std::string why);

  Reading() = default;  ///< missing, "not configured"

  Quality quality() const { return quality_; }
  bool is_fresh() const { return quality_ == Quality::fresh; }

  /// The value, if it may be acted on.
  std::optional<double> fresh_value() const;
  /// The value, fresh or stale: for display, and for growing when nothing better is known.
  std::optional<double> last_value() const;

  TimePoint sampled_at() const { return sampled_at_; }
  const std::string& why() const { return why_; }

  bool operator==(const Reading&) const = default;

 private:
  Reading(Quality quality, double value, TimePoint sampled_at, std::string why);

  Quality quality_{Quality::missing};
  double value_{0.0};
  TimePoint sampled_at_{};
  std::string why_{"not configured"};
};

/// The well-known signals, by the name that the config file gives them. A workload may define
/// others; a policy's setting names the one it reads.
namespace signal {
inline constexpr std::string_view load{"load"};                ///< arriving requests per second
inline constexpr std::string_view utilization{"utilization"};  ///< demand / capacity, a ratio
inline constexpr std::string_view queue{"queue"};              ///< requests or jobs waiting
inline constexpr std::string_view latency_p95{"latency_p95"};  ///< seconds
inline constexpr std::string_view late{"late"};  ///< share of requests beyond the SLO, 0 to 1
}  // namespace signal

/// All readings of one workload at one tick. Asking for a signal that is not there gives a missing
/// reading, so no caller can mistake absence for zero.
class Readings {
 public:
  void set(std::string_view signal, Reading reading);
  const Reading& operator[](std::string_view signal) const;

  /// By signal, in order of the names.
  auto begin() const { return by_signal_.begin(); }
  auto end() const { return by_signal_.end(); }
  bool operator==(const Readings&) const = default;

 private:
  using Named = std::pair<std::string, Reading>;
  std::vector<Named> by_signal_;  ///< a few: a search is a walk
};

}  // namespace spillway
