// Baseline: the Nomad Autoscaler's `target-value` strategy.
//
//   every 10 s, unless an action was within the cooldown:
//   f = metric / target;   nothing if |1 - f| <= 0.01, else n = ceil(n * f), from 0: n = ceil(f)
//
// n is what runs or starts, not what was asked for: Nomad clamps its count to the limits each time,
// and here others have them. Above the target it does not ask for fewer than before, so that lost
// replicas are replaced.
//
// Example: 10 replicas at 84 % for a target of 60 %: f 1.4, 14 replicas; then 5 min of silence.
// Source: hashicorp/nomad-autoscaler `plugins/builtin/strategy/target-value`, `policy/handler.go`.
#pragma once

#include "controller/core/fields.hpp"
#include "policies/baseline/seen_fleet.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct NomadTargetValueSettings {
  double target_utilization{0.7};
  Duration evaluation_interval{std::chrono::seconds{10}};
  Duration cooldown{std::chrono::minutes{5}};
  double threshold{0.01};
};

void describe(Fields& fields, NomadTargetValueSettings& settings);

class NomadTargetValue final : public Policy {
 public:
  using Settings = NomadTargetValueSettings;
  static constexpr std::string_view type{"nomad_target_value"};
  static constexpr std::string_view help{
      "Baseline for comparison: Nomad Autoscaler's target-value strategy, with its defaults."};

  explicit NomadTargetValue(Settings settings) : settings_{settings} {}

  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
  std::vector<std::string> signals() const override { return {std::string{signal::utilization}}; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  /// The count after `asked`, which was the last one.
  int proposed(double utilization, int asked, const SeenFleet& fleet) const;

  Settings settings_;
};

}  // namespace spillway
