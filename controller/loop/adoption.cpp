#include "controller/loop/adoption.hpp"

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

GroupEvent event_of(const ProviderGroup& group, const std::string& known_ip) {
  switch (group.provisioning) {
    case Provisioning::pending:
      return GroupEvent::seen_provisioning;
    case Provisioning::failed:
      return GroupEvent::seen_failed;
    case Provisioning::deleting:
      return GroupEvent::seen_deleting;
    case Provisioning::succeeded:
      break;
  }
  const bool has_moved{!known_ip.empty() && !group.ip.empty() && group.ip != known_ip};
  if (has_moved) return GroupEvent::seen_moved;
  switch (group.running) {
    case Running::ended:
      return GroupEvent::seen_failed;
    case Running::running:
      return group.ip.empty() ? GroupEvent::seen_provisioned : GroupEvent::seen_running;
    case Running::unknown:
    case Running::waiting:
      return GroupEvent::seen_provisioned;
  }
  return GroupEvent::seen_provisioned;
}

}  // namespace spillway
