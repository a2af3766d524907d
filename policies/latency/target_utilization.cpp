#include "policies/latency/target_utilization.hpp"

#include <fmt/format.h>

#include <utility>

#include "policies/staffing.hpp"

namespace spillway {

void describe(Fields& fields, TargetUtilizationSettings& settings) {
  fields.ratio("target_utilization", settings.target_utilization, {.min = 0.05, .max = 1.0},
               "Share of a replica's capacity to fill. The rest is head room for what arrives "
               "while a new replica starts.");
  fields.rate_per_second("replica_capacity", settings.replica_capacity_rps, {.min = 1e-6},
                         "Requests that one replica completes per second. Without it the policy "
                         "reads the utilization signal instead of the load.");
  fields.text("signal", settings.signal, {.max_length = 64},
              "The signal to read: `load` by default with a replica_capacity, else `utilization`.");
}

TargetUtilization::TargetUtilization(Settings settings) : settings_{std::move(settings)} {
  if (settings_.signal.empty()) {
    settings_.signal = settings_.replica_capacity_rps ? signal::load : signal::utilization;
  }
}

Recommendation TargetUtilization::recommend(const Snapshot& now, const History&) const {
  const Reading& reading{now.readings[settings_.signal]};
  const auto value{reading.fresh_value()};
  if (!value) return hold(type, reading);
  return settings_.replica_capacity_rps ? by_load(*value, now) : by_utilization(*value, now);
}

Recommendation TargetUtilization::by_load(double load_rps, const Snapshot& now) const {
  const double fits_rps{settings_.target_utilization * *settings_.replica_capacity_rps};
  const Replicas floor{replicas_for(load_rps, fits_rps)};
  return {.policy = std::string{type},
          .floor = floor,
          .because = compared_with(floor, now.fleet),
          .words = fmt::format("{:.1f} req/s need {} replicas of {:g} req/s at {:g} %", load_rps,
                               floor.count, *settings_.replica_capacity_rps,
                               100.0 * settings_.target_utilization)};
}

Recommendation TargetUtilization::by_utilization(double utilization, const Snapshot& now) const {
  // The signal is an average over what serves, so without that number it says nothing.
  if (!now.fleet.base || !now.fleet.burst) {
    return {.policy = std::string{type},
            .is_hold = true,
            .because = Because::fleet_unknown,
            .words = "the number of serving replicas is unknown"};
  }
  const Replicas serving{serving_replicas(now.fleet)};
  const Replicas floor{replicas_for(utilization * serving.count, settings_.target_utilization)};
  return {
      .policy = std::string{type},
      .floor = floor,
      .because = compared_with(floor, now.fleet),
      .words = fmt::format("{} replicas at {:.0f} % need {} at {:g} %", serving.count,
                           100.0 * utilization, floor.count, 100.0 * settings_.target_utilization)};
}

}  // namespace spillway
