#include "policies/baseline/seen_fleet.hpp"

#include <string>

#include "policies/staffing.hpp"

namespace spillway {

std::optional<SeenFleet> see_fleet(const Fleet& fleet) {
  if (!fleet.base || !fleet.burst) return std::nullopt;
  const BurstCount burst{count_burst(*fleet.burst)};
  const Replicas local{fleet.base->capacity() + fleet.vms.ready};
  return SeenFleet{.base = fleet.base->capacity().count,
                   .vms_ready = fleet.vms.ready.count,
                   .vms = (fleet.vms.ready + fleet.vms.starting).count,
                   .serving = (local + burst.serving).count,
                   .wanted = (local + burst.wanted()).count};
}

bool is_change(int next, int asked, const SeenFleet& fleet) {
  return next != asked && next != fleet.wanted;
}

Recommendation blind(std::string_view policy, const Reading& reading, const Memory& memory) {
  Recommendation asked{hold(policy, reading)};
  if (reading.is_fresh()) {
    asked.because = Because::fleet_unknown;
    asked.words = "the fleet could not be listed";
  }
  asked.memory = memory;
  return asked;
}

int whole_replicas(double exact) {
  return replicas_for(exact, 1.0).count;
}

}  // namespace spillway
