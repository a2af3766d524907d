#include "policies/shadow.hpp"

#include <algorithm>
#include <utility>

#include "policies/erlang.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"
#include "policies/utilization_law.hpp"

namespace spillway {
namespace {

/// A tick stands for the time since the one before, but not for a stop of the controller.
constexpr Duration longest_tick{std::chrono::minutes{5}};

}  // namespace

Replicas ready_by(const History& past, TimePoint now, Duration reach) {
  if (!past.last) return 0_replicas;
  Replicas count{past.last->count};
  Replicas least{count};
  for (auto change{past.changes.rbegin()}; change != past.changes.rend(); ++change) {
    if (change->at <= now - reach) break;
    count -= change->count;  // what was wanted before it
    least = std::min(least, count);
  }
  return least;
}

ShadowRecord with_tick(ShadowRecord record, const Snapshot& now, const Decided& acting,
                       const Decided& shadow, Duration wait) {
  if (record.since == TimePoint{}) record.since = record.at = now.taken_at;
  const Duration time{std::clamp(now.taken_at - record.at, Duration::zero(), longest_tick)};
  record.at = now.taken_at;
  const auto bill{[&](PolicyEstimate& estimate, Replicas burst) {
    estimate.rent += Money{burst.count * now.replica_price.for_time(time).nanos};
    const bool is_billed{burst > 0_replicas && time > Duration::zero()};
    if (is_billed && now.replica_price.per_hour <= Money{}) estimate.lacks_price = true;
  }};
  bill(record.acting, acting.decision.burst);
  bill(record.shadow, shadow.decision.burst);

  UtilizationLaw rate{record.service_rate};
  const auto load{now.readings[signal::load].fresh_value()};
  if (const auto rate_rps{rate.per_replica()}; load && rate_rps) {
    const double requests{std::clamp(*load, 0.0, largest_load_rps) * seconds(time)};
    const auto late{[&](const Decided& of) {
      const Replicas ready{ready_by(of.next, now.taken_at, now.start_times.median)};
      return requests * share_waiting_longer(ready.count, *load, *rate_rps, seconds(wait));
    }};
    record.requests += requests;
    record.acting.late_requests += late(acting);
    record.shadow.late_requests += late(shadow);
  }
  const auto utilization{now.readings[signal::utilization].fresh_value()};
  if (load && utilization && now.fleet.base && now.fleet.burst) {
    rate.learn(now.taken_at, *load, *utilization, serving_replicas(now.fleet));
  }
  record.service_rate.clear();
  rate.keep(record.service_rate);
  return record;
}

}  // namespace spillway
