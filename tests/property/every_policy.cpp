#include "tests/property/every_policy.hpp"

#include <utility>

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

namespace spillway::testing {
namespace {

constexpr double capacity_rps{10.0};

class Collection {
 public:
  template <class P>
  void add(std::string variant, typename P::Settings settings) {
    all_.push_back(
        {std::string{P::type} + " " + variant, std::make_unique<P>(std::move(settings))});
  }

  std::vector<PolicyUnderTest> take() && { return std::move(all_); }

 private:
  std::vector<PolicyUnderTest> all_{};
};

}  // namespace

std::vector<PolicyUnderTest> every_policy() {
  using namespace std::chrono_literals;
  Collection all{};
  // Told its capacity: one that learns takes more load at the same utilization for faster replicas.
  all.add<AutoPolicy>("told", {.replica_capacity_rps = capacity_rps});
  all.add<AutoPolicy>("learning", {.vm_replicas = 4});
  all.add<AwsTargetTracking>("usual", {});
  all.add<Budget>("keeps", {.per_hour = usd(1.0), .per_day = usd(5.0), .per_month = usd(50.0)});
  all.add<Budget>("shrinks", {.per_day = usd(2.0), .when_spent = WhenSpent::shrink});
  all.add<ClusterAutoscaler>("usual", {});
  all.add<ClusterAutoscalerBridge>("usual", {});
  all.add<Forecast>("told", {.slot = 1h, .replica_capacity_rps = capacity_rps});
  all.add<Forecast>("learning", {.slot = 1h, .seasons = 2});
  all.add<Hpa>("usual", {});
  all.add<Keda>("usual", {});
  all.add<LuaPolicy>("by load", {.source = R"(
    function recommend(now)
      if not now.load then return {hold = true, words = 'blind', memory = now.memory} end
      return {floor = math.min(1e6, math.max(0, now.load / 7)), memory = {now.load, #now.memory}}
    end)",
                                 .reads = {"load"}});
  all.add<MarginalValue>("told",
                         {.per_1000_late = usd(0.05), .replica_capacity_rps = capacity_rps});
  all.add<MarginalValue>("learning", {.per_1000_late = usd(0.05)});
  all.add<NomadTargetValue>("usual", {});
  all.add<PriceCeiling>("both",
                        {.max_price = HourlyPrice{usd(0.06)}, .max_rent = HourlyPrice{usd(1.0)}});
  all.add<QueueBacklog>("told", {.replica_capacity_rps = capacity_rps});
  all.add<QueueBacklog>("learning", {});
  all.add<RentOrBuy>("usual", {.vm_price = HourlyPrice{usd(0.192)}});
  all.add<Saturation>("usual", {});
  all.add<Schedule>("office",
                    {.windows = {{.cron = "0 8 * * mon-fri", .duration = 10h, .replicas = 20}}});
  all.add<SloLatency>("told", {.replica_capacity_rps = capacity_rps});
  all.add<SloLatency>("learning", {});
  all.add<SloLatency>("by latency", {.learn_from = LearnFrom::latency});
  all.add<StaticPeak>("usual", {});
  all.add<StepThresholds>("usual", {});
  all.add<Surge>("by load", {.replica_capacity_rps = capacity_rps});
  all.add<Surge>("by utilization", {});
  all.add<TargetUtilization>("by load", {.replica_capacity_rps = capacity_rps});
  all.add<TargetUtilization>("by utilization", {});
  return std::move(all).take();
}

}  // namespace spillway::testing
