// Baseline: two thresholds and a step, as in Azure Autoscale and in many hand-made rules.
//
//   every minute, unless an action was within the cooldown:
//   out  if utilization > out_at:                                n + step_out
//   in   if utilization < in_below, and the load projected on what would be left does not exceed
//        out_at:   utilization * n / (n - step_in) <= out_at:    n - step_in
//
// n is what runs or starts: what was asked for beyond that is held back by limits, and does not
// count. Above out_at it does not ask for fewer than before, so that lost replicas are replaced.
//
// Example: 10 replicas at 35 %, in below 40 %, step 1: 0.35 * 10 / 9 = 39 %, so 9 replicas.
// Source: Azure Autoscale documentation (flapping rule). A step is a share of n, at least one.
#pragma once

#include "controller/core/fields.hpp"
#include "policies/baseline/seen_fleet.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct StepThresholdsSettings {
  double out_at{0.8};
  double in_below{0.4};
  double step_out{0.3};  ///< share of the count
  double step_in{0.1};
  Duration evaluation_interval{std::chrono::minutes{1}};
  Duration cooldown{std::chrono::minutes{1}};
};

void describe(Fields& fields, StepThresholdsSettings& settings);

class StepThresholds final : public Policy {
 public:
  using Settings = StepThresholdsSettings;
  static constexpr std::string_view type{"step_thresholds"};
  static constexpr std::string_view help{
      "Baseline for comparison: grow by a step above one threshold, shrink below another."};

  explicit StepThresholds(Settings settings) : settings_{settings} {}

  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
  std::vector<std::string> signals() const override { return {std::string{signal::utilization}}; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  /// The count after `asked`, which was the last one.
  int stepped(double utilization, int asked, const SeenFleet& fleet) const;

  Settings settings_;
};

}  // namespace spillway
