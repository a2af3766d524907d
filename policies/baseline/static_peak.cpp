#include "policies/baseline/static_peak.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policies/baseline/seen_fleet.hpp"

namespace spillway {

void describe(Fields& fields, StaticPeakSettings& settings) {
  fields.count("replicas", settings.replicas, {.min = 1, .max = 1'000'000},
               "Replicas for the peak, the fixed cluster and extra VMs together.");
}

Recommendation StaticPeak::recommend(const Snapshot& now, const History&) const {
  const auto fleet{see_fleet(now.fleet)};
  if (!fleet) {
    return {.policy = std::string{type},
            .is_hold = true,
            .because = Because::fleet_unknown,
            .words = "the fleet could not be listed"};
  }
  // No more than what VMs serve now: nothing may go to the burst provider meanwhile.
  const int local{fleet->base + fleet->vms_ready};
  return {.policy = std::string{type},
          .floor = Replicas{std::min(settings_.replicas, local)},
          .vms = Replicas{std::max(0, settings_.replicas - fleet->base)},
          .because = Because::load_within_target,
          .words = fmt::format("{} replicas on machines, always on", settings_.replicas)};
}

}  // namespace spillway
