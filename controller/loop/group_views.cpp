// What the keeper shows of its groups. The rest of GroupKeeper is in group_keeper.cpp.
#include <utility>

#include "controller/loop/group_keeper.hpp"

namespace spillway {

GroupKeeper::Tracked* GroupKeeper::find(const GroupId& id) {
  const auto found{tracked_.find(id)};
  return found == tracked_.end() ? nullptr : &found->second;
}

std::vector<Group> GroupKeeper::groups(const std::string& workload,
                                       const std::set<Place>& unlisted) const {
  std::vector<Group> groups{};
  for (const auto& [id, tracked] : tracked_) {
    const GroupRecord& record{tracked.record};
    if (record.workload != workload) continue;
    Group group{.id = id,
                .phase = record.state.phase,
                .place = record.place,
                .size = record.size,
                .template_hash = record.template_hash,
                .created_at = record.state.created_at,
                .serving_since = record.serving_since,
                .in_flight = tracked.in_flight,
                .has_traffic = tracked.has_traffic,
                .is_doubted = is_doubted(tracked),
                .is_unlisted = unlisted.contains(record.place)};
    // Its probe goes to it directly, whatever the provider says.
    const bool is_seen_by_probe{record.state.phase == GroupPhase::serving && !record.ip.empty() &&
                                tracked.has_passed && tracked.failed_probes == 0};
    // After a restart nothing is known of it before its first probe.
    const bool is_unprobed{record.state.phase == GroupPhase::serving && !record.ip.empty() &&
                           !tracked.has_passed};
    group.is_unsure = (group.is_unlisted && !is_seen_by_probe) || is_unprobed;
    // What a person drained is not for the planner to take back: another one takes its place.
    if (group.phase == GroupPhase::draining && !tracked.may_return) {
      group.phase = GroupPhase::removing;
    }
    if (group.phase == GroupPhase::draining) group.draining_since = record.state.since;
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<GroupRecord> GroupKeeper::records(const std::string& workload) const {
  std::vector<GroupRecord> records{};
  for (const auto& [id, tracked] : tracked_) {
    if (tracked.record.workload == workload) records.push_back(tracked.record);
  }
  return records;
}

std::set<std::string> GroupKeeper::workloads_with_groups() const {
  std::set<std::string> names{};
  for (const auto& [id, tracked] : tracked_) names.insert(tracked.record.workload);
  return names;
}

}  // namespace spillway
