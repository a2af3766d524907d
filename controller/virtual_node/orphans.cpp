#include "controller/virtual_node/orphans.hpp"

#include <utility>

namespace spillway::virtual_node {

Orphans::Verdict Orphans::judge(const std::vector<const ProviderGroup*>& orphans,
                                const std::string& cluster, TimePoint now, Duration reap_after) {
  Verdict verdict{};
  std::map<std::string, TimePoint> still{};
  std::set<std::string> deleted{};
  for (const ProviderGroup* const group : orphans) {
    const std::string& name{group->id.name};
    if (deleted_.contains(name)) deleted.insert(name);
    if (group->provisioning == Provisioning::deleting) continue;
    if (deleted_.contains(name)) {
      verdict.remove.push_back(group->id);
      continue;
    }
    const std::string& home{group->tags.cluster};
    // One without a mark was made before there were marks.
    if (!home.empty() && home != cluster && !cluster.empty()) {
      ++verdict.foreign;
      continue;
    }
    const auto known = since_.find(name);
    const TimePoint since{known == since_.end() ? now : known->second};
    still.emplace(name, since);
    const bool is_due{!cluster.empty() && now - since >= reap_after};
    if (is_due) {
      verdict.remove.push_back(group->id);
    } else {
      ++verdict.waiting;
    }
  }
  since_ = std::move(still);
  deleted_ = std::move(deleted);
  return verdict;
}

}  // namespace spillway::virtual_node
