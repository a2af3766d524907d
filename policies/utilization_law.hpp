// What one replica completes per second when it is fully busy, learned from what is measured, so
// that nobody has to state a capacity: the utilization law, over the last hour.
//
//   utilization * serving * rate = load      rate = sum of load / sum of serving * utilization
//
// Both sums forget with a time constant of one hour, so that a new release is learned within hours
// and one odd sample does not matter. Samples below 10 % (noise) and above 90 % utilization (a
// saturated replica shows 100 % whatever arrives) teach nothing.
// Example: 60 req/s on 10 replicas at 60 % is 10 req/s each.
// Source: utilization law, Denning and Buzen 1978.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "controller/core/recommendation.hpp"
#include "controller/core/units.hpp"

namespace spillway {

class UtilizationLaw {
 public:
  static constexpr std::size_t memory_size{3};

  UtilizationLaw() = default;
  /// From the numbers of `keep`; anything else begins anew.
  explicit UtilizationLaw(std::span<const double> kept);

  /// Requests per second and fully busy replica; nothing until something was learned.
  std::optional<double> per_replica() const;

  void learn(TimePoint now, double load_rps, double utilization, Replicas serving);

  void keep(Memory& memory) const;

 private:
  double load_{0.0};  ///< discounted seconds times requests per second
  double busy_{0.0};  ///< discounted seconds times busy replicas
  double at_ms_{0.0};
};

}  // namespace spillway
