// What the forecast keeps between ticks, as one bounded list of numbers: the service rate, the cost
// of its own errors and of the reactive policy's, open forecasts, and the highest load of each slot
// in the last seasons.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "controller/core/recommendation.hpp"
#include "controller/core/units.hpp"
#include "policies/utilization_law.hpp"

namespace spillway {

/// A season cut into slots of equal length, for each the peaks of the newest `seasons`.
class SeasonalPeaks {
 public:
  SeasonalPeaks(Duration season, Duration slot, int seasons);

  std::size_t memory_size() const { return slots_.size() * (seasons_ + 1); }
  void restore(std::span<const double> kept);
  void keep(Memory& memory) const;

  void see(TimePoint now, double load_rps);

  /// The quantile of the peaks that the slot of `instant` had in earlier seasons than the one of
  /// `instant`; nothing if there were none.
  std::optional<double> quantile(TimePoint instant, double level) const;

  Duration slot() const { return slot_; }

 private:
  struct Slot {
    double season{-1.0};          ///< number of the season of `peaks[0]`
    std::vector<double> peaks{};  ///< newest first; negative: not seen
  };
  struct Position {
    double season;
    std::size_t slot;
  };
  Position position(TimePoint instant) const;

  Duration season_;
  Duration slot_;
  std::size_t seasons_;
  std::vector<Slot> slots_;
};

/// Which of two forecasts was cheaper, over about a day.
class ForecastRecord {
 public:
  static constexpr std::size_t open_max{12};
  static constexpr std::size_t memory_size{3 + 5 * open_max};

  void restore(std::span<const double> kept);
  void keep(Memory& memory) const;

  /// Settles forecasts that are due, then opens a new one unless the last is younger than a twelfth
  /// of the horizon.
  void see(TimePoint now, double load_rps, double forecast_rps, Duration horizon, double quantile);

  /// An equal record counts as trusted: then the two say the same.
  bool is_trusted() const { return forecast_cost_ <= reactive_cost_; }

 private:
  struct Open {
    double made_ms, due_ms, forecast_rps, reactive_rps, peak_rps;
  };
  void settle(const Open& open, double quantile);

  double forecast_cost_{0.0};
  double reactive_cost_{0.0};
  double settled_ms_{0.0};
  std::vector<Open> open_{};
};

}  // namespace spillway
