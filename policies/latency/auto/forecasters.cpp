#include "policies/latency/auto/forecasters.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

/// The level of now plus the rise that followed `lag` slots before it.
double as_before(const LoadHistory& loads, std::size_t from, std::size_t ahead, std::size_t lag) {
  double later{0.0};
  for (std::size_t i{1}; i <= ahead; ++i) {
    later = std::max(later, loads.mean(from + lag - i, 2));
  }
  return std::max(0.0, loads.mean(from, 2) + later - loads.mean(from + lag, 2));
}

}  // namespace

template <int period_seconds, std::size_t bins>
std::size_t CycleProfile<period_seconds, bins>::bin_of(double at_s) {
  const double within{at_s - std::floor(at_s / period_seconds) * period_seconds};
  return std::min(static_cast<std::size_t>(within / bin_seconds), bins - 1);
}

template <int period_seconds, std::size_t bins>
void CycleProfile<period_seconds, bins>::learn(double at_s, double load) {
  const double bin{std::floor(at_s / bin_seconds)};
  if (bin != bin_ && count_ > 0.0) {
    double& usual{usual_[bin_of(bin_ * bin_seconds)]};
    const double mean{sum_ / count_};
    // The last cycle says most about this one; those before smooth it.
    usual = usual == 0.0 ? mean : usual + 0.6 * (mean - usual);
    sum_ = 0.0;
    count_ = 0.0;
  }
  bin_ = bin;
  sum_ += load;
  count_ += 1.0;
}

template <int period_seconds, std::size_t bins>
double CycleProfile<period_seconds, bins>::usual_at(double at_s) const {
  // Linear between the middles of the bins.
  const double middle{at_s - bin_seconds / 2.0};
  const double first{usual_[bin_of(middle)]};
  const double second{usual_[bin_of(middle + bin_seconds)]};
  if (first == 0.0 || second == 0.0) return 0.0;
  const double share{middle / bin_seconds - std::floor(middle / bin_seconds)};
  return first + share * (second - first);
}

template <int period_seconds, std::size_t bins>
double CycleProfile<period_seconds, bins>::rise(double at_s, double later_s) const {
  const double now{usual_at(at_s)};
  const double later{usual_at(later_s)};
  return now == 0.0 || later == 0.0 ? 0.0 : later - now;
}

template class CycleProfile<86'400, 48>;
template class CycleProfile<3'600, 60>;

Forecasts forecast(const LoadHistory& loads, const Profiles& profiles, std::size_t from,
                   std::size_t ahead) {
  Forecasts all{};
  const auto set{[&all](Forecaster which, double value) {
    all[static_cast<std::size_t>(which)] = std::max(0.0, value);
  }};
  const double at_s{(loads.now() - static_cast<double>(from)) * slot_seconds};
  const double later_s{at_s + static_cast<double>(ahead) * slot_seconds};
  set(Forecaster::latest, loads.at(from));
  set(Forecaster::mean_1min, loads.mean(from, 4));
  set(Forecaster::max_1min, loads.max(from, 4));
  set(Forecaster::max_5min, loads.max(from, 20));
  set(Forecaster::max_20min, loads.max(from, slots_back));
  set(Forecaster::trend_45s, loads.trend(from, 3, ahead));
  set(Forecaster::trend_90s, loads.trend(from, 6, ahead));
  set(Forecaster::trend_3min, loads.trend(from, 12, ahead));
  set(Forecaster::same_time_of_day, loads.mean(from, 2) + profiles.day.rise(at_s, later_s));
  set(Forecaster::as_5min_ago, as_before(loads, from, ahead, 20));
  set(Forecaster::as_15min_ago, as_before(loads, from, ahead, 60));
  // Within an hour the highest rise on the way counts: its shape is finer than the horizon.
  double rise{profiles.hour.rise(at_s, later_s)};
  for (double on_way_s{at_s + 2.0 * slot_seconds}; on_way_s < later_s;
       on_way_s += 2.0 * slot_seconds) {
    rise = std::max(rise, profiles.hour.rise(at_s, on_way_s));
  }
  set(Forecaster::same_time_of_hour, loads.mean(from, 2) + rise);
  return all;
}

}  // namespace spillway::autopilot
