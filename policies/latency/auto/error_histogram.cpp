#include "policies/latency/auto/error_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

constexpr double finest{0.02};  // errors much smaller than this share a bin: below counting noise
constexpr double bin_width{0.5};
constexpr std::size_t middle_bin{ErrorHistogram::bins / 2};
constexpr double middle{static_cast<double>(middle_bin)};

/// The fractional position of an error on the bins, within the outermost ones.
double position(double error) {
  const double exact{std::asinh(error / finest) / bin_width + middle};
  return std::clamp(exact, 0.0, static_cast<double>(ErrorHistogram::bins - 1));
}

}  // namespace

ErrorHistogram::ErrorHistogram(double prior_weight) {
  double sum{0.0};
  for (std::size_t b{0}; b < bins; ++b) {
    mass_[b] = std::exp(-std::abs(static_cast<double>(b) - middle) * bin_width / 1.2);
    sum += mass_[b];
  }
  for (double& mass : mass_) mass *= prior_weight / sum;
}

void ErrorHistogram::add(double error, double discount) {
  for (double& mass : mass_) mass *= discount;
  const double at{position(error)};
  const std::size_t lower{std::min(static_cast<std::size_t>(at), bins - 2)};
  const double share{at - static_cast<double>(lower)};
  mass_[lower] += 1.0 - share;
  mass_[lower + 1] += share;
}

double ErrorHistogram::total() const {
  double sum{1e-9};
  for (const double mass : mass_) sum += mass;
  return sum;
}

double ErrorHistogram::density(double error) const {
  const double at{position(error)};
  const std::size_t lower{std::min(static_cast<std::size_t>(at), bins - 2)};
  const double share{at - static_cast<double>(lower)};
  const double mass{mass_[lower] * (1.0 - share) + mass_[lower + 1] * share};
  const double stretch{finest * std::sqrt(1.0 + error * error / (finest * finest))};
  return mass / total() / bin_width / stretch;
}

double ErrorHistogram::tail(double error) const {
  const double at{std::asinh(error / finest) / bin_width + middle + 0.5};
  if (at <= 0.0) return 1.0;
  if (at >= static_cast<double>(bins)) return 0.0;
  const auto bin{static_cast<std::size_t>(at)};
  double below{mass_[bin] * (at - static_cast<double>(bin))};
  for (std::size_t b{0}; b < bin; ++b) below += mass_[b];
  return std::max(0.0, 1.0 - below / total());
}

double ErrorHistogram::edge(std::size_t bin) {
  return finest * std::sinh((static_cast<double>(bin) - middle - 0.5) * bin_width);
}

}  // namespace spillway::autopilot
