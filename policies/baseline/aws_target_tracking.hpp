// Baseline: AWS target tracking, two alarms on one-minute datapoints.
//
//   out   3 datapoints in a row above the target:            ceil(serving * last / target)
//   in    15 datapoints in a row below 90 % of the target:   the same, downwards
//   a minute without data ends both rows: nothing happens on missing data
//
// Example: 10 serving, 75, 80 and 84 % in three minutes for a target of 70 %: 12 replicas.
// Source: AWS Application Auto Scaling guide, target tracking (3 datapoints out, 15 in).
#pragma once

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct AwsTargetTrackingSettings {
  double target_utilization{0.7};
  int datapoints_out{3};
  int datapoints_in{15};
  double in_below{0.9};  ///< share of the target
};

void describe(Fields& fields, AwsTargetTrackingSettings& settings);

class AwsTargetTracking final : public Policy {
 public:
  using Settings = AwsTargetTrackingSettings;
  static constexpr std::string_view type{"aws_target_tracking"};
  static constexpr std::string_view help{
      "Baseline for comparison: AWS target tracking, with its defaults."};

  explicit AwsTargetTracking(Settings settings) : settings_{settings} {}

  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
  std::vector<std::string> signals() const override { return {std::string{signal::utilization}}; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
