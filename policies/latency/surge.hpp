// Answers a flash crowd before an average would: a short window against a long one. While the load
// rises much faster than it used to, the fleet only grows.
//
//   demand = load / replica_capacity, or serving * utilization     in fully busy replicas
//   surge  begins when mean(short window) >= enter_at * mean(long window), and there is demand
//          for a replica at least; it ends when that has not been so for a whole long window
//   calm:  floor = ceil(mean(long) / target_utilization)
//   surge: floor = ceil(max(mean(short), now) / target_utilization), never less than earlier in it
//
// Example: a long window of 60 s at a demand of 4, then 12 s at 12: with a short window of 10 s its
// mean is 12, that of the long one 5.6, 12 >= 1.5 * 5.6, a surge: ceil(12 / 0.7) = 18 replicas at
// once, where the long mean says 8. They stay for a minute after the rise has ended.
// Source: the panic mode of Knative's autoscaler (there the short window is compared with what is
// ready; comparing with the long window needs no count of what is ready).
// Time is cut into 60 slices per long window, so the memory is bounded whatever the interval is.
// A missing or stale reading asks to hold, and adds nothing to the windows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct SurgeSettings {
  Duration long_window{std::chrono::seconds{60}};
  Duration short_window{std::chrono::seconds{10}};
  double enter_at{1.5};
  double target_utilization{0.7};
  std::optional<double> replica_capacity_rps{};
};

void describe(Fields& fields, SurgeSettings& settings);

class Surge final : public Policy {
 public:
  using Settings = SurgeSettings;
  static constexpr std::string_view type{"surge"};
  static constexpr std::string_view help{
      "React to a steep rise at once, and do not shrink while it lasts."};
  static constexpr int slices{60};

  explicit Surge(Settings settings);

  std::string_view name() const override { return type; }
  std::vector<std::string> signals() const override;
  /// Memory: when the surge was last seen, its highest floor, then at most 61 slices of begin, sum
  /// and number of samples.
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
