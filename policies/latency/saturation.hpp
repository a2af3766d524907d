// Recognises a full cluster and asks for enough replicas to leave saturation again. Two edges, so
// that noise around one threshold cannot flap the fleet:
//
//   saturated   from utilization >= enter_at   until utilization < leave_below
//   need        = ceil(serving * utilization / leave_below)
//   saturated:  floor = need, but not fewer than run: nothing that is starting is given up
//   between the edges, not saturated:  floor = what runs        calm:  floor = need
//   pending work:  floor at least what the cluster runs + pending, as nothing else can run it
//
// Example: 6 serving at 95 %, leave_below 70 %: ceil(6 * 0.95 / 0.7) = 9 replicas. 9 serving at
// 75 % on the way down are still saturated: ceil(9 * 0.75 / 0.7) = 10; at 60 % the floor falls to
// ceil(9 * 0.6 / 0.7) = 8. Pending work is not added to the load's need: a burst does not take it
// off the cluster's list, so an addition would repeat at every tick.
// Source of the two edges: overload control in userver; pending work: Cluster Autoscaler.
#pragma once

#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct SaturationSettings {
  double enter_at{0.85};
  double leave_below{0.70};
  std::string signal{signal::utilization};
};

void describe(Fields& fields, SaturationSettings& settings);

/// The hysteresis: the edge to compare with depends on which side we are on.
bool is_saturated(bool was_saturated, double utilization, const SaturationSettings& band);

class Saturation final : public Policy {
 public:
  using Settings = SaturationSettings;
  static constexpr std::string_view type{"saturation"};
  static constexpr std::string_view help{
      "Burst when the cluster is full: utilization edges and work that found no node."};

  explicit Saturation(Settings settings);

  std::string_view name() const override { return type; }
  std::vector<std::string> signals() const override {
    if (settings_.signal.empty()) return {};
    return {settings_.signal};
  }
  /// Memory: one number, 1 while saturated.
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
