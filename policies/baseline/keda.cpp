#include "policies/baseline/keda.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "policies/baseline/seen_fleet.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {

void describe(Fields& fields, KedaSettings& settings) {
  fields.ratio("target_utilization", settings.target_utilization, {.min = 0.05, .max = 1.0},
               "The threshold as a share of replica_capacity.");
  std::optional<double> capacity{settings.replica_capacity_rps};
  fields.rate_per_second("replica_capacity", capacity, {.min = 1e-6},
                         "Requests that one replica completes per second.");
  settings.replica_capacity_rps = capacity.value_or(settings.replica_capacity_rps);
  describe(fields, settings.behavior);
}

Recommendation Keda::recommend(const Snapshot& now, const History& past) const {
  const Memory memory = plausible(past.memory(type));
  const Reading& reading{now.readings[signal::load]};
  const auto load_rps{reading.fresh_value()};
  const auto fleet{see_fleet(now.fleet)};
  if (!load_rps || !fleet) return blind(type, reading, memory);
  const double threshold_rps{settings_.target_utilization * settings_.replica_capacity_rps};
  HpaBehavior behavior{memory, fleet->wanted};
  if (behavior.is_due(now.taken_at, settings_.behavior)) {
    const int count{behavior.count()};
    const double ratio{*load_rps / (threshold_rps * count)};
    const bool is_near{std::abs(1.0 - ratio) <= settings_.behavior.tolerance};
    behavior.follow(is_near ? count : whole_replicas(*load_rps / threshold_rps), fleet->base,
                    now.taken_at, settings_.behavior);
  }
  const Replicas floor{behavior.count()};
  return {
      .policy = std::string{type},
      .floor = floor,
      .because = compared_with(floor, now.fleet),
      .words = fmt::format("KEDA: {:.1f} req/s at a threshold of {:g}", *load_rps, threshold_rps),
      .memory = behavior.memory()};
}

}  // namespace spillway
