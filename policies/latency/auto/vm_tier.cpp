#include "policies/latency/auto/vm_tier.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {

int VmTier::decide(int wanted, double at_s, int running, const VmEconomics& economics) {
  if (economics.replicas <= 0) return running;
  const double now{static_cast<double>(std::max(0, wanted))};
  const double minute{std::floor(at_s / 60.0)};
  const auto slot{[](double m) {
    return static_cast<std::size_t>(std::fmod(m, static_cast<double>(minutes)));
  }};
  if (since_ == 0.0 || minute < minute_ || minute - minute_ >= static_cast<double>(minutes)) {
    since_ = 1.0;
    lowest_[slot(minute)] = now;
    highest_[slot(minute)] = now;
  } else {
    for (double m{minute_ + 1.0}; m <= minute; m += 1.0) {
      lowest_[slot(m)] = now;
      highest_[slot(m)] = now;
      since_ = std::min(since_ + 1.0, static_cast<double>(minutes));
    }
    lowest_[slot(minute)] = std::min(lowest_[slot(minute)], now);
    highest_[slot(minute)] = std::max(highest_[slot(minute)], now);
  }
  minute_ = minute;

  const auto spans{[](double seconds) {
    return std::min(std::max(1.0, std::ceil(seconds / 60.0)), static_cast<double>(minutes));
  }};
  const double needed_minutes{spans(economics.break_even_s)};
  const double idle_minutes{spans(economics.idle_s)};
  double lowest{since_ >= needed_minutes ? now : 0.0};
  for (double m{0.0}; m < std::min(needed_minutes, since_); m += 1.0) {
    lowest = std::min(lowest, lowest_[slot(minute - m)]);
  }
  double highest{now};
  for (double m{0.0}; m < std::min(idle_minutes, since_); m += 1.0) {
    highest = std::max(highest, highest_[slot(minute - m)]);
  }
  const int deserved{static_cast<int>(lowest) / economics.replicas};
  const int in_use{static_cast<int>(highest) / economics.replicas};
  const bool may_release{since_ >= idle_minutes};
  return std::max(deserved, may_release ? std::min(running, in_use) : running);
}

}  // namespace spillway::autopilot
