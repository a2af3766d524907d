#include "policies/registry.hpp"

#include <array>

#include "policies/baseline/aws_target_tracking.hpp"
#include "policies/baseline/cluster_autoscaler.hpp"
#include "policies/baseline/hpa.hpp"
#include "policies/baseline/keda.hpp"
#include "policies/baseline/nomad_target_value.hpp"
#include "policies/baseline/static_peak.hpp"
#include "policies/baseline/step_thresholds.hpp"
#include "policies/latency/saturation.hpp"
#include "policies/latency/target_utilization.hpp"

namespace spillway {
namespace {

template <class P>
class Draft final : public PolicyDraft {
 public:
  std::string_view type() const override { return P::type; }
  std::string_view help() const override { return P::help; }
  void describe(Fields& fields) override { spillway::describe(fields, settings_); }
  std::unique_ptr<Policy> build() const override { return std::make_unique<P>(settings_); }
  std::unique_ptr<PolicyDraft> clone() const override { return std::make_unique<Draft>(*this); }

 private:
  typename P::Settings settings_{};
};

template <class P>
std::unique_ptr<PolicyDraft> draft() {
  return std::make_unique<Draft<P>>();
}

struct Entry {
  std::string_view type;
  std::unique_ptr<PolicyDraft> (*draft)();
};

constexpr std::array entries{
    Entry{AwsTargetTracking::type, &draft<AwsTargetTracking>},
    Entry{ClusterAutoscaler::type, &draft<ClusterAutoscaler>},
    Entry{ClusterAutoscalerBridge::type, &draft<ClusterAutoscalerBridge>},
    Entry{Hpa::type, &draft<Hpa>},
    Entry{Keda::type, &draft<Keda>},
    Entry{NomadTargetValue::type, &draft<NomadTargetValue>},
    Entry{Saturation::type, &draft<Saturation>},
    Entry{StaticPeak::type, &draft<StaticPeak>},
    Entry{StepThresholds::type, &draft<StepThresholds>},
    Entry{TargetUtilization::type, &draft<TargetUtilization>},
};

}  // namespace

std::span<const std::string_view> policy_types() {
  static constexpr auto types{[] {
    std::array<std::string_view, entries.size()> names{};
    for (std::size_t i{0}; i < entries.size(); ++i) names[i] = entries[i].type;
    return names;
  }()};
  return types;
}

std::unique_ptr<PolicyDraft> draft_policy(std::string_view type) {
  for (const Entry& entry : entries) {
    if (entry.type == type) return entry.draft();
  }
  return nullptr;
}

}  // namespace spillway
