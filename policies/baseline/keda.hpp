// Baseline: KEDA with a Prometheus trigger on requests, as it would run the same workload.
//
//   0 <-> 1   every 30 s:  load > activation  and n = 0:  n = 1
//             not so for 300 s, and no fixed cluster:     n = 0
//   1 <-> N   p = n                        if |1 - load / (threshold * n)| <= 0.1
//                 ceil(load / threshold)   otherwise
//             n = HpaBehavior(p), never below the fixed cluster
//   blind     as it is; with a fallback, after more than `failures` polls without a load:
//             load = threshold * fallback replicas
//
// Example: 142 req/s at a threshold of 7 per replica: 21 replicas; with 20 or 22 set those stay.
// Source: kedacore/keda `pkg/scaling`, `pkg/fallback`; it generates an HPA with an external
// AverageValue metric. KEDA has no default threshold; here it is a share of what a replica
// completes. Not played: the failures that a Prometheus trigger turns into 0, as ours stay missing.
#pragma once

#include <optional>

#include "controller/core/fields.hpp"
#include "policies/baseline/hpa_behavior.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct KedaFallback {
  int failures{3};  ///< more polls in a row without a load than this
  int replicas{0};  ///< 0: no fallback
};

struct KedaSettings {
  double target_utilization{0.7};
  double replica_capacity_rps{10.0};
  double activation_rps{0.0};
  Duration polling_interval{std::chrono::seconds{30}};
  Duration cooldown_period{std::chrono::minutes{5}};
  KedaFallback fallback{};
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
  bool holds_by_itself() const override { return true; }
  std::vector<std::string> signals() const override { return {std::string{signal::load}}; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  struct State;
  void poll(State& state, std::optional<double> load_rps, int base, TimePoint now) const;
  void sync(State& state, double load_rps, int base, TimePoint now) const;
  double threshold_rps() const {
    return settings_.target_utilization * settings_.replica_capacity_rps;
  }

  Settings settings_;
};

}  // namespace spillway
