#include "policies/baseline/hpa.hpp"

#include <algorithm>
#include <cmath>

#include "controller/core/telling.hpp"
#include "policies/baseline/seen_fleet.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {

void describe(Fields& fields, HpaSettings& settings) {
  fields.ratio("target_utilization", settings.target_utilization, {.min = 0.05, .max = 1.0},
               "Average utilization to keep.");
  describe(fields, settings.behavior);
}

int propose_by_utilization(double utilization, int ready, int count, double target,
                           double tolerance) {
  const double ratio{utilization / target};
  if (std::abs(1.0 - ratio) <= tolerance) return count;
  if (ratio > 1.0 && ready < count) {
    const double idle_counted{ratio * ready / count};
    if (idle_counted <= 1.0 + tolerance) return count;
    return std::max(count, whole_replicas(idle_counted * count));
  }
  return whole_replicas(ratio * ready);
}

Recommendation Hpa::recommend(const Snapshot& now, const History& past) const {
  const Memory memory = plausible(past.memory(type));
  const Reading& reading{now.readings[signal::utilization]};
  const auto utilization{reading.fresh_value()};
  const auto fleet{see_fleet(now.fleet)};
  if (!utilization || !fleet) return blind(type, reading, memory);
  HpaBehavior behavior{memory, fleet->wanted};
  if (behavior.is_due(now.taken_at, settings_.behavior)) {
    const int proposed{propose_by_utilization(*utilization, fleet->serving, behavior.count(),
                                              settings_.target_utilization,
                                              settings_.behavior.tolerance)};
    behavior.follow(proposed, fleet->base, now.taken_at, settings_.behavior);
  }
  const Replicas floor{behavior.count()};
  return {.policy = std::string{type},
          .floor = floor,
          .because = compared_with(floor, now.fleet),
          .words = told(now, "HPA: {} ready at {:.0f} % for a target of {:g} %", fleet->serving,
                        100.0 * *utilization, 100.0 * settings_.target_utilization),
          .memory = behavior.memory()};
}

}  // namespace spillway
