#include "policies/latency/auto/error_tail.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

using Edges = std::array<double, ErrorHistogram::bins + 1>;

constexpr double farthest{20.0};  // a scaled error beyond it is no larger
constexpr double rounding{1e-9};  // far more than a ratio is wrong by

Edges exponents(double scale) {
  Edges all{ErrorHistogram::edges()};
  for (double& each : all) each = std::clamp(each * scale, -farthest, farthest);
  return all;
}

const Edges& unscaled_factors() {
  static const Edges all{[] {
    Edges values{exponents(1.0)};
    for (double& each : values) each = std::exp(each);
    return values;
  }()};
  return all;
}

/// The last edge that is not above `lowest`, or the first.
std::size_t first_edge(const Edges& edges, double lowest) {
  const auto above{std::upper_bound(edges.begin(), edges.end(), lowest) - edges.begin()};
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, above)) - 1;
}

/// The first edge that is not below `highest`, or the last.
std::size_t last_edge(const Edges& edges, double highest) {
  const auto from{std::lower_bound(edges.begin(), edges.end() - 1, highest) - edges.begin()};
  return static_cast<std::size_t>(from);
}

}  // namespace

ErrorTail::ErrorTail(const ErrorHistogram& errors, double scale, const LoadRange& range)
    : errors_{errors} {
  if (scale == 1.0) {
    const Edges& factors{unscaled_factors()};
    first_ = first_edge(factors, range.lowest * (1.0 - rounding));
    last_ = std::max(first_, last_edge(factors, range.highest * (1.0 + rounding)));
    std::copy(factors.begin() + first_, factors.begin() + last_ + 1, factors_.begin() + first_);
  } else {
    const Edges at{exponents(scale)};
    first_ = first_edge(at, std::log(range.lowest) - rounding);
    last_ = std::max(first_, last_edge(at, std::log(range.highest) + rounding));
    for (std::size_t edge{first_}; edge <= last_; ++edge) factors_[edge] = std::exp(at[edge]);
  }
  double beyond{errors.total()};
  all_ = beyond;
  const auto mass{errors.masses().begin()};
  for (std::size_t bin{0}; bin < first_; ++bin) beyond -= mass[bin];
  for (std::size_t bin{first_}; bin < last_; ++bin) {
    beyond_[bin] = beyond;
    beyond -= mass[bin];
  }
}

void ErrorTail::add(std::span<const double> loads, std::span<double> tail, double centre,
                    double offset, double weight) const {
  const double per_mass{weight / all_};
  // Both the loads and the bins rise: one walk through both, with iterators, since a span would ask
  // at every load whether it has so many.
  auto load{loads.begin()};
  const auto last{loads.end()};
  auto to{tail.begin()};
  auto factor{factors_.begin() + static_cast<std::ptrdiff_t>(first_)};
  auto mass{errors_.masses().begin() + static_cast<std::ptrdiff_t>(first_)};
  auto beyond{beyond_.begin() + static_cast<std::ptrdiff_t>(first_)};
  double lower{centre * *factor - offset};
  for (; load != last && *load < lower; ++load) *to++ += weight;
  for (std::size_t bin{first_}; bin < last_ && load != last; ++bin, ++beyond, ++mass) {
    const double upper{centre * *++factor - offset};
    if (*load < upper) {
      const double all{*beyond};
      const double slope{*mass / (upper - lower)};
      do {
        *to++ += per_mass * std::max(0.0, all - slope * (*load - lower));
      } while (++load != last && *load < upper);
    }
    lower = upper;
  }
}

}  // namespace spillway::autopilot
