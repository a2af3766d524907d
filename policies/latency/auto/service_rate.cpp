#include "policies/latency/auto/service_rate.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

constexpr double steady_samples{3.0};  // the window of a reading is over by then
constexpr double evidence_kept{50.0};  // samples that count: a new release is noticed in a while
constexpr double step_limit{1.5};      // one odd sample must not turn the fleet around

/// Below, idle work dominates; above, saturation hides how much more was wanted.
constexpr double telling_min{0.05};
constexpr double telling_max{0.95};

bool is_telling(double utilization) {
  return utilization >= telling_min && utilization <= telling_max;
}

}  // namespace

std::optional<double> ServiceRate::get() const {
  if (rate_ <= 0.0) return std::nullopt;
  return rate_;
}

void ServiceRate::learn_saturated(double per_replica) {
  // A full fleet completes at most what arrives: if we believed in clearly more, we were wrong.
  // With little evidence at once, so that a start under overload finds its way out in a few ticks.
  if (per_replica >= 0.95 * rate_) return;
  const bool is_young{evidence_ < 10.0};
  rate_ = is_young ? per_replica : std::max(per_replica, 0.97 * rate_);
}

void ServiceRate::learn(const ServiceSample& sample) {
  steady_ = sample.serving == serving_ ? steady_ + 1.0 : 0.0;
  serving_ = sample.serving;
  if (sample.serving <= 0.0 || sample.load <= 0.0) return;
  const double per_replica{sample.load / sample.serving};
  if (sample.utilization) {
    const bool is_first{rate_ <= 0.0};
    const bool is_saturated{*sample.utilization > telling_max || sample.has_backlog};
    if (is_first && *sample.utilization > 0.0 && !is_telling(*sample.utilization)) {
      // Better than to stand still; saturated, the replicas complete less than what arrives.
      rate_ = per_replica * (is_saturated ? 0.8 : 1.0 / *sample.utilization);
      return;
    }
    if (is_saturated) return learn_saturated(per_replica);
    if (!is_telling(*sample.utilization) || (!is_first && steady_ < steady_samples)) return;
    const double seen{per_replica / *sample.utilization};
    evidence_ = std::min(evidence_ + 1.0, evidence_kept);
    rate_ = is_first ? seen
                     : rate_ + (std::clamp(seen, rate_ / step_limit, rate_ * step_limit) - rate_) /
                                   evidence_;
    return;
  }
  if (!sample.late || steady_ < steady_samples) return;
  const bool is_late{*sample.late > 0.5 || sample.has_backlog};
  if (rate_ <= 0.0) rate_ = is_late ? 0.9 * per_replica : 1.4 * per_replica;
  if (is_late) rate_ = std::min(rate_, std::max(per_replica, 0.98 * rate_));
  if (!is_late && *sample.late < 0.01) rate_ = std::max(rate_, per_replica);
}

}  // namespace spillway::autopilot
