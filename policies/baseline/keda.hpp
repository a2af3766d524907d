// Baseline: KEDA with a Prometheus trigger on requests, as it would run the same workload.
//
//   p = n                        if |1 - load / (threshold * n)| <= 0.1
//       ceil(load / threshold)   otherwise
//   n = HpaBehavior(p), never below the fixed cluster
//
// Example: 142 req/s at a threshold of 7 per replica: 21 replicas; with 20 or 22 set those stay.
// Source: kedacore/keda generates an HPA with an external AverageValue metric. KEDA has no default
// threshold; here it is a share of what a replica completes.
#pragma once

#include "controller/core/fields.hpp"
#include "policies/baseline/hpa_behavior.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct KedaSettings {
  double target_utilization{0.7};
  double replica_capacity_rps{10.0};
  HpaBehaviorSettings behavior{};
};

void describe(Fields& fields, KedaSettings& settings);

class Keda final : public Policy {
 public:
  using Settings = KedaSettings;
  static constexpr std::string_view type{"keda"};
  static constexpr std::string_view help{
      "Baseline for comparison: KEDA on requests per replica, with its defaults."};

  explicit Keda(Settings settings) : settings_{settings} {}

  std::string_view name() const override { return type; }
  std::vector<std::string> signals() const override { return {std::string{signal::load}}; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
