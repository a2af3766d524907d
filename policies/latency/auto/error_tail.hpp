// The chance that a load is exceeded, by the errors of a histogram: what is the same for every
// forecast that they belong to is found once, and bins in which none of the loads lies are left
// out.
//
//   P(load > x) = share of the errors beyond log((x + offset) / centre) / scale
//
// Within a bin the errors are spread evenly over the loads.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "policies/latency/auto/error_histogram.hpp"

namespace spillway::autopilot {

/// Loads as ratios: (load + offset) / centre.
struct LoadRange {
  double lowest{0.0};
  double highest{0.0};
};

class ErrorTail {
 public:
  /// To be asked about loads within `range`.
  ErrorTail(const ErrorHistogram& errors, double scale, const LoadRange& range);

  /// Adds weight * P(load > x) for each of the rising `loads`.
  void add(std::span<const double> loads, std::span<double> tail, double centre, double offset,
           double weight) const;

 private:
  const ErrorHistogram& errors_;
  double all_;         ///< the mass of all bins
  std::size_t first_;  ///< bin that a load may lie in
  std::size_t last_;   ///< edge beyond them
  /// By edge of the bins from `first_` to `last_`: exp of the scaled error there.
  std::array<double, ErrorHistogram::bins + 1> factors_;
  /// By bin from `first_` to before `last_`: the mass beyond its lower edge.
  std::array<double, ErrorHistogram::bins> beyond_;
};

}  // namespace spillway::autopilot
