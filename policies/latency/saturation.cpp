#include "policies/latency/saturation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/staffing.hpp"

namespace spillway {

void describe(Fields& fields, SaturationSettings& settings) {
  fields.ratio("enter_at", settings.enter_at, {.min = 0.05, .max = 10.0},
               "Utilization from which the cluster counts as saturated.");
  fields.ratio("leave_below", settings.leave_below, {.min = 0.01, .max = 10.0},
               "Utilization below which it no longer does; replicas are asked for to get there.");
  fields.text(
      "signal", settings.signal, {.max_length = 64},
      "The utilization signal to read; \"\" if only pending work of the cluster shall count.");
  fields.require(settings.leave_below < settings.enter_at,
                 "leave_below must be less than enter_at, or noise would flap the fleet");
}

bool is_saturated(bool was_saturated, double utilization, const SaturationSettings& band) {
  const double edge{was_saturated ? band.leave_below : band.enter_at};
  return utilization >= edge;
}

Saturation::Saturation(Settings settings) : settings_{std::move(settings)} {}

Recommendation Saturation::recommend(const Snapshot& now, const History& past) const {
  const Memory& kept{past.memory(type)};
  const bool was_saturated{!kept.empty() && kept.front() > 0.0};
  const Memory memory{was_saturated ? 1.0 : 0.0};
  if (!now.fleet.base || !now.fleet.burst) {
    return {.policy = std::string{type},
            .is_hold = true,
            .because = Because::fleet_unknown,
            .words = "the fleet could not be listed",
            .memory = memory};
  }
  const Replicas running{*now.fleet.total()};
  const Replicas pending{now.fleet.base->pending};
  const Replicas cluster{now.fleet.base->capacity() + now.fleet.vms.ready + pending};
  const std::optional<double> utilization{
      settings_.signal.empty() ? std::optional{0.0} : now.readings[settings_.signal].fresh_value()};
  if (!utilization) {
    // Pending work speaks for itself: growing on it needs no metric.
    Recommendation blind{hold(type, now.readings[settings_.signal])};
    if (pending > 0_replicas) blind.floor = cluster;
    blind.memory = memory;
    return blind;
  }

  const bool saturated{is_saturated(was_saturated, *utilization, settings_)};
  const Replicas serving{serving_replicas(now.fleet)};
  const Replicas need{replicas_for(*utilization * serving.count, settings_.leave_below)};
  const bool is_calm{!saturated && need <= serving};
  const Replicas for_load{saturated ? std::max(need, running) : is_calm ? need : running};
  const Replicas floor{pending > 0_replicas ? std::max(for_load, cluster) : for_load};
  const Because because{pending > 0_replicas ? Because::pending_work
                        : saturated          ? Because::saturated
                                             : Because::not_saturated};
  return {.policy = std::string{type},
          .floor = floor,
          .because = because,
          .words = fmt::format("{} serving at {:.0f} %, {} pending, {}", serving.count,
                               100.0 * *utilization, pending.count,
                               saturated ? "saturated" : "not saturated"),
          .memory = {saturated ? 1.0 : 0.0}};
}

}  // namespace spillway
