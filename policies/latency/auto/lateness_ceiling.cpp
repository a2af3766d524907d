#include "policies/latency/auto/lateness_ceiling.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

constexpr double late_from{0.2};
constexpr double on_time_below{0.01};
constexpr double not_busy_below{0.5};
constexpr double before_lowered_s{60.0};  // noise and the end of a backlog are over by then
constexpr double lowered_to{0.7};
constexpr double least_of_rate{0.25};
constexpr double least_of_served{0.5};
constexpr double raised_per_hour{0.02};
constexpr double served_half_life_s{86'400.0};

}  // namespace

double LatenessCeiling::bound(double rate) const {
  return ceiling_ > 0.0 ? std::min(rate, ceiling_) : rate;
}

void LatenessCeiling::learn_on_time(const CeilingSample& sample) {
  given_up_ = 0.0;
  if (!sample.is_steady) return;
  proven_ = std::max(proven_ * std::exp2(-sample.elapsed_s / served_half_life_s),
                     sample.load / sample.serving);
  if (ceiling_ <= 0.0) return;
  ceiling_ = std::max(ceiling_ * (1.0 + raised_per_hour * sample.elapsed_s / 3'600.0), proven_);
  if (ceiling_ >= sample.rate) ceiling_ = 0.0;
}

void LatenessCeiling::learn(const CeilingSample& sample) {
  const double highest{std::max(sample.load, load_)};
  load_ = sample.load;
  if (sample.load <= 0.0 || sample.serving <= 0.0) return;
  const bool is_late{sample.late > late_from && sample.utilization < not_busy_below};
  if (!is_late) {
    late_s_ = 0.0;
    if (sample.late < on_time_below) learn_on_time(sample);
    return;
  }
  if (late_s_ == 0.0) rate_ = sample.rate;  // from now on fewer may be completed than come
  late_s_ += sample.elapsed_s;
  if (late_s_ < before_lowered_s || given_up_ > 0.0) return;
  // What one served on time says more than a utilization that is beside the point.
  const double least{proven_ > 0.0 ? least_of_served * proven_ : least_of_rate * rate_};
  const double per_replica{highest / sample.serving};
  if (per_replica <= least && late_s_ >= 2.0 * before_lowered_s) {
    ceiling_ = 0.0;
    given_up_ = 1.0;
    return;
  }
  const double lowered{std::max(least, lowered_to * per_replica)};
  ceiling_ = ceiling_ > 0.0 ? std::min(ceiling_, lowered) : lowered;
}

}  // namespace spillway::autopilot
