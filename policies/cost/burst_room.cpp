#include "policies/cost/burst_room.hpp"

#include <algorithm>

namespace spillway {

std::optional<Replicas> running_burst(const Snapshot& now, const History& past) {
  if (now.fleet.burst) return count_burst(*now.fleet.burst).wanted();
  return past.last_burst;
}

std::optional<Replicas> total_with_burst(Replicas burst, const Snapshot& now, const History& past) {
  if (now.fleet.base) return now.fleet.base->capacity() + now.fleet.vms.ready + burst;
  if (past.last && past.last_burst) {
    return std::max(0_replicas, past.last->count + burst - *past.last_burst);
  }
  return std::nullopt;
}

}  // namespace spillway
