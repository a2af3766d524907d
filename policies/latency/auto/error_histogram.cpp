#include "policies/latency/auto/error_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

constexpr double finest{0.02};  // errors much smaller than this share a bin: below counting noise
constexpr double bin_width{0.5};
constexpr std::size_t middle_bin{ErrorHistogram::bins / 2};
constexpr double middle{static_cast<double>(middle_bin)};

}  // namespace

ErrorHistogram::ErrorHistogram(double prior_weight) : mass_{prior()}, total_{not_rounded} {
  for (double& mass : mass_) mass *= prior_weight;
}

const std::array<double, ErrorHistogram::bins>& ErrorHistogram::prior() {
  static const auto shape{[] {
    std::array<double, bins> masses{};
    double sum{0.0};
    for (std::size_t b{0}; b < bins; ++b) {
      masses[b] = std::exp(-std::abs(static_cast<double>(b) - middle) * bin_width / 1.2);
      sum += masses[b];
    }
    for (double& mass : masses) mass /= sum;
    return masses;
  }()};
  return shape;
}

void ErrorHistogram::forget(double factor) {
  total_ = not_rounded;
  for (double& mass : mass_) mass *= factor;
}

ErrorHistogram::Place ErrorHistogram::place(double error) {
  const double x{error / finest};
  const double root{std::sqrt(1.0 + x * x)};
  const double inverse_sinh{std::copysign(std::log(std::abs(x) + root), x)};
  const double exact{
      std::clamp(inverse_sinh / bin_width + middle, 0.0, static_cast<double>(bins - 1))};
  const std::size_t lower{std::min(static_cast<std::size_t>(exact), bins - 2)};
  return {.lower = lower,
          .share = exact - static_cast<double>(lower),
          .width = bin_width * finest * root};
}

void ErrorHistogram::add(const Place& place, double weight) {
  total_ = not_rounded;
  mass_[place.lower] += weight * (1.0 - place.share);
  mass_[place.lower + 1] += weight * place.share;
}

void ErrorHistogram::mix(const ErrorHistogram& other, double weight) {
  total_ = not_rounded;
  const double per_mass{weight / other.total()};
  for (std::size_t b{0}; b < bins; ++b) mass_[b] += per_mass * other.mass_[b];
}

double ErrorHistogram::sum() const {
  double sum{nothing};
  for (const double mass : mass_) sum += mass;
  return sum;
}

double ErrorHistogram::density(const Place& place, double total) const {
  const double mass{mass_[place.lower] * (1.0 - place.share) +
                    mass_[place.lower + 1] * place.share};
  return mass / (total * place.width);
}

double ErrorHistogram::tail(double error) const {
  const double at{std::asinh(error / finest) / bin_width + middle + 0.5};
  // What is no number (of a damaged memory) exceeds nothing and everything: as if it were low.
  if (!(at > 0.0)) return 1.0;
  if (at >= static_cast<double>(bins)) return 0.0;
  const auto bin{static_cast<std::size_t>(at)};
  double below{mass_[bin] * (at - static_cast<double>(bin))};
  for (std::size_t b{0}; b < bin; ++b) below += mass_[b];
  return std::max(0.0, 1.0 - below / total());
}

const std::array<double, ErrorHistogram::bins + 1>& ErrorHistogram::edges() {
  static const auto all{[] {
    std::array<double, bins + 1> values{};
    for (std::size_t b{0}; b <= bins; ++b) {
      values[b] = finest * std::sinh((static_cast<double>(b) - middle - 0.5) * bin_width);
    }
    return values;
  }()};
  return all;
}

}  // namespace spillway::autopilot
