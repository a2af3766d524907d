#include "policies/latency/auto/drift_watch.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

constexpr double drift_slack{0.5};
constexpr double farthest_sample{3.0};  // one odd sample is no change
constexpr double variance_samples{50.0};
constexpr double least_counts{1.0};

}  // namespace

double DriftWatch::noise(double counts) const {
  return std::sqrt(std::max(variance_, 1.0 / std::max(counts, least_counts)));
}

bool DriftWatch::has_changed(double off, double samples, double counts) {
  const double z{std::clamp(off / noise(counts), -farthest_sample, farthest_sample)};
  above_ = std::max(0.0, above_ + samples * (z - drift_slack));
  below_ = std::max(0.0, below_ - samples * (z + drift_slack));
  variance_ += std::min(1.0, samples / variance_samples) * (off * off - variance_);
  if (above_ < limit && below_ < limit) return false;
  above_ = 0.0;
  below_ = 0.0;
  return true;
}

}  // namespace spillway::autopilot
