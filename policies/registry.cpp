#include "policies/registry.hpp"

#include <array>

#include "policies/baseline/aws_target_tracking.hpp"
#include "policies/baseline/cluster_autoscaler.hpp"
#include "policies/baseline/hpa.hpp"
#include "policies/baseline/keda.hpp"
#include "policies/baseline/nomad_target_value.hpp"
#include "policies/baseline/static_peak.hpp"
#include "policies/baseline/step_thresholds.hpp"
#include "policies/cost/budget.hpp"
#include "policies/cost/marginal_value.hpp"
#include "policies/cost/price_ceiling.hpp"
#include "policies/cost/rent_or_buy.hpp"
#include "policies/latency/auto/auto_policy.hpp"
#include "policies/latency/forecast.hpp"
#include "policies/latency/queue_backlog.hpp"
#include "policies/latency/saturation.hpp"
#include "policies/latency/schedule.hpp"
#include "policies/latency/slo_latency.hpp"
#include "policies/latency/surge.hpp"
#include "policies/latency/target_utilization.hpp"
#include "policies/script/lua_policy.hpp"

namespace spillway {
namespace {

/// Settings that name something that must be fetched.
template <class Settings>
concept HasAttachments = requires(const Settings& settings) {
  spillway::attachments(settings);
};

template <class P>
class Draft final : public PolicyDraft {
 public:
  std::string_view type() const override { return P::type; }
  std::string_view help() const override { return P::help; }
  void describe(Fields& fields) override { spillway::describe(fields, settings_); }
  std::unique_ptr<Policy> build() const override { return std::make_unique<P>(settings_); }
  std::unique_ptr<PolicyDraft> clone() const override { return std::make_unique<Draft>(*this); }

  std::vector<Attachment> attachments() const override {
    if constexpr (has_attachments) return spillway::attachments(settings_);
    return {};
  }

  std::optional<AttachmentProblem> attach(const Attachment& attachment,
                                          const std::string& bytes) override {
    if constexpr (has_attachments) return spillway::attach(settings_, attachment, bytes);
    return std::nullopt;
  }

 private:
  static constexpr bool has_attachments{HasAttachments<typename P::Settings>};

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
    Entry{AutoPolicy::type, &draft<AutoPolicy>},
    Entry{AwsTargetTracking::type, &draft<AwsTargetTracking>},
    Entry{Budget::type, &draft<Budget>},
    Entry{ClusterAutoscaler::type, &draft<ClusterAutoscaler>},
    Entry{ClusterAutoscalerBridge::type, &draft<ClusterAutoscalerBridge>},
    Entry{Forecast::type, &draft<Forecast>},
    Entry{Hpa::type, &draft<Hpa>},
    Entry{Keda::type, &draft<Keda>},
    Entry{LuaPolicy::type, &draft<LuaPolicy>},
    Entry{MarginalValue::type, &draft<MarginalValue>},
    Entry{NomadTargetValue::type, &draft<NomadTargetValue>},
    Entry{PriceCeiling::type, &draft<PriceCeiling>},
    Entry{QueueBacklog::type, &draft<QueueBacklog>},
    Entry{RentOrBuy::type, &draft<RentOrBuy>},
    Entry{Saturation::type, &draft<Saturation>},
    Entry{Schedule::type, &draft<Schedule>},
    Entry{SloLatency::type, &draft<SloLatency>},
    Entry{StaticPeak::type, &draft<StaticPeak>},
    Entry{StepThresholds::type, &draft<StepThresholds>},
    Entry{Surge::type, &draft<Surge>},
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
