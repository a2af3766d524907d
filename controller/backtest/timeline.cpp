#include "controller/backtest/timeline.hpp"

#include <algorithm>
#include <utility>

namespace spillway::backtest {

Timeline::Timeline(std::size_t intervals, double interval_s, std::size_t stretches_max)
    : per_stretch_{std::max<std::size_t>(1, (intervals + stretches_max - 1) / stretches_max)},
      interval_s_{interval_s} {
  stretches_.reserve(intervals / per_stretch_ + 1);
}

void Timeline::add(const Interval& interval, const Decision& decision) {
  if (current_.intervals == 0) current_.begin_s = interval.begin_s;
  ++current_.intervals;
  current_.load_rps += interval.load_rps;
  current_.load_max_rps = std::max(current_.load_max_rps, interval.load_rps);
  current_.need_max = std::max(current_.need_max, interval.need);
  current_.base += interval.base;
  current_.vms += interval.vms_ready;
  current_.burst += interval.burst_ready;
  current_.starting += interval.burst_starting + interval.vms_starting;
  current_.requests += interval.load_rps * interval_s_;
  current_.late_requests += interval.late_requests;
  current_.cost_usd += interval.burst_cost_usd;
  if (decision.desired.count != last_desired_ || decision.vms.count != last_vms_) {
    last_desired_ = decision.desired.count;
    last_vms_ = decision.vms.count;
    current_.words = summary(decision);
    for (const Recommendation& each : decision.recommendations) {
      if (!each.words.empty()) current_.words += "; " + each.words;
    }
  }
  if (static_cast<std::size_t>(current_.intervals) == per_stretch_) close();
}

void Timeline::close() {
  const double count{static_cast<double>(current_.intervals)};
  for (double* const mean :
       {&current_.load_rps, &current_.base, &current_.vms, &current_.burst, &current_.starting}) {
    *mean /= count;
  }
  stretches_.push_back(std::exchange(current_, {}));
}

std::vector<Stretch> Timeline::finish() && {
  if (current_.intervals > 0) close();
  return std::move(stretches_);
}

}  // namespace spillway::backtest
