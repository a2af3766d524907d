#include "controller/loop/adoption.hpp"

#include <algorithm>

namespace spillway {

Adoption compare(const std::vector<ProviderGroup>& listed, const std::set<GroupId>& recorded,
                 const std::set<std::string>& workloads, TimePoint now, Duration reap_after) {
  Adoption adoption{};
  for (const ProviderGroup& group : listed) {
    if (recorded.contains(group.id) || group.provisioning == Provisioning::deleting) continue;
    if (workloads.contains(group.tags.workload)) {
      adoption.adopt.push_back(group);
    } else if (now - group.tags.created_at >= reap_after) {
      adoption.reap.push_back(group);
    }
  }
  return adoption;
}

bool is_on_its_way(const ProviderGroup& group) {
  return group.provisioning == Provisioning::pending ||
         group.provisioning == Provisioning::repairing;
}

bool has_completed(const ProviderGroup& group) {
  return group.running == Running::ended && !group.containers.empty() &&
         std::ranges::all_of(group.containers, [](const ProviderContainer& each) {
           return each.state == Running::ended && each.exit_code == 0;
         });
}

GroupEvent event_of(const ProviderGroup& group, const std::string& known_ip) {
  switch (group.provisioning) {
    case Provisioning::pending:
    case Provisioning::repairing:
      return GroupEvent::seen_provisioning;
    case Provisioning::failed:
      return GroupEvent::seen_failed;
    case Provisioning::deleting:
      return GroupEvent::seen_deleting;
    case Provisioning::succeeded:
      break;
  }
  // The end comes first: a new address of something that has ended is of no use.
  if (group.running == Running::ended) return GroupEvent::seen_failed;
  const bool has_moved{!known_ip.empty() && !group.ip.empty() && group.ip != known_ip};
  if (has_moved) return GroupEvent::seen_moved;
  const bool is_reachable{!group.ip.empty() || !group.has_address};
  const bool is_running{group.running == Running::running && is_reachable};
  return is_running ? GroupEvent::seen_running : GroupEvent::seen_provisioned;
}

bool is_evicted(const ProviderGroup& seen, const GroupRecord& record) {
  if (record.place.priority != Priority::spot) return false;
  if (seen.was_evicted) return true;
  const bool was_up{record.state.phase == GroupPhase::serving ||
                    record.state.phase == GroupPhase::draining};
  return was_up && seen.provisioning == Provisioning::pending;
}

}  // namespace spillway
