// Cheap opinions on the highest load within the next `ahead` slots: recent means, recent maxima,
// trends, and what happened at this time of the day, or a while ago. None is right for every load;
// `Prediction` learns how wrong each of them is, and weights them by it.
#pragma once

#include <array>
#include <cstddef>

#include "policies/latency/auto/load_history.hpp"
#include "policies/latency/auto/packed_array.hpp"

namespace spillway::autopilot {

enum class Forecaster : std::size_t {
  // Of those that are combined, beside each other: first the means.
  mean_1min,
  mean_5min,
  trend_45s,
  trend_90s,
  trend_3min,
  same_time_of_day,
  same_time_of_hour,
  as_5min_ago,
  latest,
  max_1min,
  max_20min,
  combined,  ///< filled in by `Combination`
};
inline constexpr std::size_t forecaster_count{12};

/// The leads that are asked about, in slots, rising: a few stand for all between the first and the
/// last, since forecasts for neighbours hardly differ.
class Leads {
 public:
  static constexpr std::size_t most{3};

  /// Evenly from `first` to `last`, both of them included; 1 <= first <= last.
  Leads(std::size_t first, std::size_t last);

  std::size_t count() const { return count_; }
  std::size_t operator[](std::size_t i) const { return slots_[i]; }
  std::size_t last() const { return slots_[count_ - 1]; }

 private:
  std::array<std::size_t, most> slots_{};
  std::size_t count_{0};
};

/// By lead: element 0 belongs to the first of `Leads`.
using Forecasts = std::array<std::array<double, forecaster_count>, Leads::most>;

/// The usual load by the place within a cycle of the clock (UTC), learned as it goes.
template <int period_seconds, std::size_t bins>
class CycleProfile {
 public:
  void learn(double at_s, double load);
  /// The usual load at a time; 0: not known yet.
  double usual_at(double at_s) const;

  template <class Archive>
  void keep(Archive& archive) {
    usual_.keep(archive);
    archive.number(bin_);
    archive.number(sum_);
    archive.number(count_);
  }

 private:
  static constexpr double bin_seconds{period_seconds / static_cast<double>(bins)};
  static std::size_t bin_of(double at_s);

  PackedArray<bins> usual_{};  ///< 0: not seen yet
  double bin_{0.0};            ///< the bin that `sum_` and `count_` belong to, from the epoch
  double sum_{0.0};
  double count_{0.0};
};

/// Half hours of the day, and minutes of the hour.
struct Profiles {
  CycleProfile<86'400, 48> day{};
  CycleProfile<3'600, 60> hour{};

  void learn(double at_s, double load) {
    day.learn(at_s, load);
    hour.learn(at_s, load);
  }
  template <class Archive>
  void keep(Archive& archive) {
    day.keep(archive);
    hour.keep(archive);
  }
};

/// The forecasts as they were made `from` slots ago. `combined` is left at 0.
Forecasts forecast(const LoadHistory& loads, const Profiles& profiles, std::size_t from,
                   const Leads& leads);

}  // namespace spillway::autopilot
