// Cheap opinions on the highest load within the next `ahead` slots: recent means, recent maxima,
// trends, and what happened at this time of the day, or a while ago. None is right for every load;
// `Prediction` learns how wrong each of them is, and weights them by it.
#pragma once

#include <array>
#include <cstddef>

#include "policies/latency/auto/load_history.hpp"

namespace spillway::autopilot {

enum class Forecaster : std::size_t {
  latest,
  mean_1min,
  max_1min,
  max_5min,
  max_20min,
  trend_45s,
  trend_90s,
  trend_3min,
  same_time_of_day,
  as_5min_ago,
  as_15min_ago,
};
inline constexpr std::size_t forecaster_count{11};

using Forecasts = std::array<double, forecaster_count>;

/// The usual load by time of the day (UTC), in 48 half hours, learned as it goes.
class DayProfile {
 public:
  void learn(double at_s, double load);
  /// How much the usual load rises from `at_s` to `later_s`; 0 while a part of it is unknown.
  double rise(double at_s, double later_s) const;

  template <class Archive>
  void keep(Archive& archive) {
    archive.numbers(usual_);
    archive.number(bin_);
    archive.number(sum_);
    archive.number(count_);
  }

 private:
  static constexpr std::size_t bins{48};
  double usual_at(double at_s) const;

  std::array<double, bins> usual_{};  ///< 0: not seen yet
  double bin_{0.0};                   ///< the half hour that `sum_` and `count_` belong to
  double sum_{0.0};
  double count_{0.0};
};

/// The forecasts as they were made `from` slots ago, for the `ahead` slots after that instant.
Forecasts forecast(const LoadHistory& loads, const DayProfile& day, std::size_t from,
                   std::size_t ahead);

}  // namespace spillway::autopilot
