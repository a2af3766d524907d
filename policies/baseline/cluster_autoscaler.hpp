// Baseline: the Kubernetes HPA for the count and the Cluster Autoscaler for machines; alone, or
// with burst replicas as a bridge until the machines are there.
//
//   pods        HpaBehavior on CPU, as in `hpa`, with utilization * serving / pods where more
//               replicas serve than there are pods: those would carry the load alone
//   up          pods that fit neither on machines that run nor on those that start: one machine for
//               each `replicas_per_vm` of them, rounded up
//   down        machines that the pods, packed tightly, leave empty: after they have been so for
//               10 minutes, and 10 minutes after the last machine was added; at most 10 at once
//
// Example: 40 serving at 55 % for a target of 70 %: 32 pods, whose own utilization is 69 %: they
// stay. 30 pods, 20 fit, 4 more on a machine that starts: two more machines. Packed tightly is
// the kindest assumption: pods that spread keep more machines half empty.
// Source: kubernetes/autoscaler FAQ (unneeded 10 min, delay after add 10 min, 10 empty at once).
#pragma once

#include "controller/core/fields.hpp"
#include "policies/baseline/hpa.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct ClusterAutoscalerSettings {
  HpaSettings pods{};
  int replicas_per_vm{4};
  Duration unneeded_time{std::chrono::minutes{10}};
  Duration delay_after_add{std::chrono::minutes{10}};
};

void describe(Fields& fields, ClusterAutoscalerSettings& settings);

/// Both variants; `has_bridge` tells them apart.
class MachineAutoscaler : public Policy {
 public:
  using Settings = ClusterAutoscalerSettings;

  std::vector<std::string> signals() const override { return {std::string{signal::utilization}}; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 protected:
  MachineAutoscaler(Settings settings, bool has_bridge)
      : settings_{settings}, has_bridge_{has_bridge} {}

 private:
  Settings settings_;
  bool has_bridge_;
};

class ClusterAutoscaler final : public MachineAutoscaler {
 public:
  static constexpr std::string_view type{"cluster_autoscaler"};
  static constexpr std::string_view help{
      "Baseline for comparison: HPA and Cluster Autoscaler, extra VMs only."};
  explicit ClusterAutoscaler(Settings settings) : MachineAutoscaler{settings, false} {}
  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
};

class ClusterAutoscalerBridge final : public MachineAutoscaler {
 public:
  static constexpr std::string_view type{"cluster_autoscaler_bridge"};
  static constexpr std::string_view help{
      "Baseline for comparison: HPA and Cluster Autoscaler, with burst until the VMs are there."};
  explicit ClusterAutoscalerBridge(Settings settings) : MachineAutoscaler{settings, true} {}
  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
};

}  // namespace spillway
