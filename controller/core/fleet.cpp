#include "controller/core/fleet.hpp"

namespace spillway {

BurstCount count_burst(const std::vector<Group>& groups) {
  BurstCount count{};
  for (const Group& group : groups) {
    const bool starts{is_starting(group.phase)};
    const bool serves{group.phase == GroupPhase::serving && group.has_traffic};
    const bool waits{group.phase == GroupPhase::serving && !group.has_traffic};
    const Replicas replicas{group.size.replicas};
    if (serves) count.serving += replicas;
    if (waits) count.waiting += replicas;
    if (starts) count.starting += replicas;
    if (group.phase == GroupPhase::draining) count.draining += replicas;
    if ((serves || starts) && group.is_doubted) {
      count.doubted += replicas;
    } else if ((serves || starts) && group.is_unsure) {
      count.unsure += replicas;
    }
  }
  return count;
}

std::optional<Replicas> Fleet::total() const {
  if (!base || !burst) return std::nullopt;
  return base->capacity() + vms.ready + count_burst(*burst).wanted();
}

}  // namespace spillway
