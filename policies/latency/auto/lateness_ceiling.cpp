#include "policies/latency/auto/lateness_ceiling.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

constexpr double late_from{0.2};
constexpr double on_time_below{0.01};
constexpr double not_busy_below{0.5};
constexpr double busy_from{0.93};         // a fleet that is this busy is late for want of replicas
constexpr double unexplained_below{0.9};  // of the load that the fleet holds by the model
constexpr double outgrown_from{1.1};      // times what is completed, by the utilization
constexpr double before_lowered_s{60.0};  // noise and the end of a backlog are over by then
constexpr double lowered_to{0.7};
constexpr double lowered_gently{0.85};  // where the utilization is not beside the point
constexpr double below_completed{0.95};
constexpr double below_late{0.97};  // as far as it comes back
constexpr double late_at_raised_per_hour{0.005};
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
                     sample.load / sample.full);
  if (ceiling_ <= 0.0) return;
  const double hours{sample.elapsed_s / 3'600.0};
  late_at_ *= 1.0 + late_at_raised_per_hour * hours;
  const double raised{std::min(ceiling_ * (1.0 + raised_per_hour * hours),
                               std::max(ceiling_, below_late * late_at_))};
  ceiling_ = std::max(raised, proven_);
  if (ceiling_ >= sample.rate) ceiling_ = 0.0;
}

void LatenessCeiling::learn(const CeilingSample& sample) {
  const double highest{std::max(sample.load, load_)};
  load_ = sample.load;
  if (sample.load <= 0.0 || sample.full <= 0.0) return;
  const bool is_idle{sample.utilization < not_busy_below};
  const double held{sample.full * bound(sample.rate)};
  const double busy{sample.utilization * sample.serving * sample.rate};
  const bool is_unexplained{sample.utilization < busy_from && highest <= held &&
                            busy < unexplained_below * held};
  const bool is_late{sample.late > late_from && (is_idle || is_unexplained)};
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
  const double arriving{highest / sample.serving};
  if (arriving <= least && late_s_ >= 2.0 * before_lowered_s) {
    ceiling_ = 0.0;
    given_up_ = 1.0;
    return;
  }
  const double completed{sample.utilization * rate_};
  const double fits{is_idle                                ? lowered_to * arriving
                    : arriving > outgrown_from * completed ? below_completed * completed
                                                           : lowered_gently * arriving};
  const double lowered{std::max(least, fits)};
  late_at_ = std::max(lowered, std::min(arriving, completed));
  ceiling_ = ceiling_ > 0.0 ? std::min(ceiling_, lowered) : lowered;
}

}  // namespace spillway::autopilot
