// Keeps every replica at a chosen share of its capacity: the classic of HPA and Nomad, as a floor.
//
//   replicas = ceil(load / (target_utilization * replica_capacity))      with a load signal
//   replicas = ceil(serving * utilization / target_utilization)          with a utilization signal
//
// Example: 142 req/s at 70 % of replicas that hold 10 req/s each: ceil(142 / 7) = 21 replicas.
// Source: Kubernetes `replica_calculator.go`; Nomad `target-value`. The load form is preferred
// where a capacity is known, since it does not depend on how many replicas happen to serve. A
// missing or stale reading asks to hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct TargetUtilizationSettings {
  double target_utilization{0.7};
  std::optional<double> replica_capacity_rps{};  ///< requests per second one replica completes
  std::string signal{};  ///< empty: `load` if a capacity is set, else `utilization`
};

void describe(Fields& fields, TargetUtilizationSettings& settings);

class TargetUtilization final : public Policy {
 public:
  using Settings = TargetUtilizationSettings;
  static constexpr std::string_view type{"target_utilization"};
  static constexpr std::string_view help{"Keep every replica at a share of its capacity."};

  explicit TargetUtilization(Settings settings);

  std::string_view name() const override { return type; }
  std::vector<std::string> signals() const override { return {settings_.signal}; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Recommendation by_load(double load_rps, const Snapshot& now) const;
  Recommendation by_utilization(double utilization, const Snapshot& now) const;

  Settings settings_;
};

}  // namespace spillway
