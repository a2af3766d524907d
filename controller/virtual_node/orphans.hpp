// Groups of a node whose pod is not there: which of them go, and when. An API that shows no pods
// may be another cluster's, or one restored from a backup: what nobody has deleted waits. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/provider/burst_provider.hpp"

namespace spillway::virtual_node {

class Orphans {
 public:
  struct Verdict {
    std::vector<GroupId> remove{};
    int waiting{0};  ///< they go later, unless their pod comes back
    int foreign{0};  ///< of another cluster: never removed by us

    bool operator==(const Verdict&) const = default;
  };

  /// The API server has said that the pod of this group was deleted: it need not wait.
  void note_deleted_pod(std::string group) { deleted_.insert(std::move(group)); }

  /// `orphans` are all groups without a pod, as just listed. `cluster` is the uid of the cluster
  /// that we talk to; empty: not known, then nothing is removed but what was seen deleted. A group
  /// goes once it has been an orphan for `reap_after`, without a break, in our eyes.
  Verdict judge(const std::vector<const ProviderGroup*>& orphans, const std::string& cluster,
                TimePoint now, Duration reap_after);

 private:
  std::map<std::string, TimePoint> since_{};
  std::set<std::string> deleted_{};
};

}  // namespace spillway::virtual_node
