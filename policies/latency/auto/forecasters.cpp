#include "policies/latency/auto/forecasters.hpp"

#include <algorithm>

#include "policies/latency/auto/whole_part.hpp"

namespace spillway::autopilot {
template <int period_seconds, std::size_t bins>
std::size_t CycleProfile<period_seconds, bins>::bin_of(double at_s) {
  const double within{at_s - whole_part(at_s / period_seconds) * period_seconds};
  return std::min(static_cast<std::size_t>(within / bin_seconds), bins - 1);
}

template <int period_seconds, std::size_t bins>
void CycleProfile<period_seconds, bins>::learn(double at_s, double load) {
  const double bin{whole_part(at_s / bin_seconds)};
  if (bin != bin_ && count_ > 0.0) {
    const std::size_t place{bin_of(bin_ * bin_seconds)};
    const double usual{usual_[place]};
    const double mean{sum_ / count_};
    // The last cycle says most about this one; those before smooth it.
    usual_.set(place, usual == 0.0 ? mean : usual + 0.6 * (mean - usual));
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
  const std::size_t bin{bin_of(middle)};
  const double first{usual_[bin]};
  if (first == 0.0) return 0.0;
  const double second{usual_[bin + 1 == bins ? 0 : bin + 1]};
  if (second == 0.0) return 0.0;
  const double bins_passed{middle / bin_seconds};
  return first + (bins_passed - whole_part(bins_passed)) * (second - first);
}

template class CycleProfile<86'400, 48>;
template class CycleProfile<3'600, 60>;

Leads::Leads(std::size_t first, std::size_t last) : count_{std::min(most, last - first + 1)} {
  for (std::size_t i{0}; i < count_; ++i) {
    // Rounded to the nearest slot.
    slots_[i] =
        count_ == 1 ? last : first + ((last - first) * i * 2 + count_ - 1) / (2 * (count_ - 1));
  }
}

Forecasts forecast(const LoadHistory& loads, const Profiles& profiles, std::size_t from,
                   const Leads& leads) {
  std::array<double, forecaster_count> still{};
  const auto index{[](Forecaster which) { return static_cast<std::size_t>(which); }};
  still[index(Forecaster::latest)] = loads.at(from);
  still[index(Forecaster::mean_1min)] = loads.mean(from, 4);
  still[index(Forecaster::mean_5min)] = loads.mean(from, 20);
  still[index(Forecaster::max_1min)] = loads.max(from, 4);
  still[index(Forecaster::max_20min)] = loads.max(from, slots_back);
  const std::array<Line, 3> lines{loads.line(from, 3), loads.line(from, 6), loads.line(from, 12)};
  const double level{loads.mean(from, 2)};
  const double at_s{(loads.now() - static_cast<double>(from)) * slot_seconds};
  const double usual_today{profiles.day.usual_at(at_s)};
  const double usual_this_hour{profiles.hour.usual_at(at_s)};
  /// Until `later_s`; none where nothing is known.
  const auto rise{[](const auto& profile, double usual, double later_s) {
    if (usual == 0.0) return 0.0;
    const double later{profile.usual_at(later_s)};
    return later == 0.0 ? 0.0 : later - usual;
  }};
  constexpr std::size_t lag{20};
  const double level_before{loads.mean(from + lag, 2)};
  Forecasts all{};
  for (std::size_t i{0}; i < leads.count(); ++i) {
    const std::size_t lead{leads[i]};
    const double ahead{static_cast<double>(lead)};
    const double later_s{at_s + ahead * slot_seconds};
    std::array<double, forecaster_count>& values{all[i]};
    values = still;
    values[index(Forecaster::trend_45s)] = lines[0].newest + lines[0].slope * ahead;
    values[index(Forecaster::trend_90s)] = lines[1].newest + lines[1].slope * ahead;
    values[index(Forecaster::trend_3min)] = lines[2].newest + lines[2].slope * ahead;
    values[index(Forecaster::same_time_of_day)] = level + rise(profiles.day, usual_today, later_s);
    values[index(Forecaster::as_5min_ago)] =
        level + loads.mean(from + lag - lead, 2) - level_before;
    values[index(Forecaster::same_time_of_hour)] =
        level + rise(profiles.hour, usual_this_hour, later_s);
    for (double& value : values) value = std::max(0.0, value);
  }
  return all;
}

}  // namespace spillway::autopilot
