// Baseline: machines for the peak, always on. Asks for one count, on extra VMs, whatever happens.
//
// Example: 82 replicas beside a cluster of 12: 70 on extra VMs.
#pragma once

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct StaticPeakSettings {
  int replicas{40};  ///< base and extra VMs together
};

void describe(Fields& fields, StaticPeakSettings& settings);

class StaticPeak final : public Policy {
 public:
  using Settings = StaticPeakSettings;
  static constexpr std::string_view type{"static_peak"};
  static constexpr std::string_view help{
      "Baseline for comparison: extra VMs for the peak, always on, no burst."};

  explicit StaticPeak(Settings settings) : settings_{settings} {}

  std::string_view name() const override { return type; }
  int replicas() const { return settings_.replicas; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
