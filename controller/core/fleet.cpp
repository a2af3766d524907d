#include "controller/core/fleet.hpp"

namespace spillway {

BurstCount count_burst(const std::vector<Group>& groups) {
  BurstCount count{};
  for (const Group& group : groups) {
    if (group.phase == GroupPhase::serving) {
      (group.has_traffic ? count.serving : count.waiting) += group.size.replicas;
    }
    if (is_starting(group.phase)) count.starting += group.size.replicas;
    if (group.phase == GroupPhase::draining) count.draining += group.size.replicas;
  }
  return count;
}

std::optional<Replicas> Fleet::total() const {
  if (!base || !burst) return std::nullopt;
  return base->capacity() + vms.ready + count_burst(*burst).wanted();
}

}  // namespace spillway
