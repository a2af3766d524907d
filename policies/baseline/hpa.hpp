// Baseline: the Kubernetes HPA on CPU, as it would run the same workload.
//
//   r = utilization / target
//   p = n                                  if |1 - r| <= 0.1
//       ceil(r * ready)                    if nothing starts, or r < 1
//       ceil(r * ready), but never fewer   with r * ready / all if replicas start while r > 1: they
//       than n                             count as idle, and n stays if that is within 0.1 of 1
//   n = HpaBehavior(p), never below the fixed cluster
//
// Example: 10 ready at 91 % for a target of 70 %: r 1.3, 13 replicas. With 2 more starting: 1.3 *
// 10 / 12 = 1.083 is within 0.1, so 12 stay.
// Source: Kubernetes `replica_calculator.go`. Its own default target is 80 %.
#pragma once

#include "controller/core/fields.hpp"
#include "policies/baseline/hpa_behavior.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct HpaSettings {
  double target_utilization{0.8};
  HpaBehaviorSettings behavior{};
};

void describe(Fields& fields, HpaSettings& settings);

/// The proposal before HpaBehavior, of `ready` replicas at `utilization` while `count` are set.
int propose_by_utilization(double utilization, int ready, int count, double target,
                           double tolerance);

class Hpa final : public Policy {
 public:
  using Settings = HpaSettings;
  static constexpr std::string_view type{"hpa"};
  static constexpr std::string_view help{
      "Baseline for comparison: the Kubernetes HPA on CPU, with its defaults."};

  explicit Hpa(Settings settings) : settings_{settings} {}

  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
  std::vector<std::string> signals() const override { return {std::string{signal::utilization}}; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
