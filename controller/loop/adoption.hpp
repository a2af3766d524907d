// Compares what the provider lists with what we remember: the step that makes a restart safe. Pure.
// What we remember and is not listed has to be looked up by name, since listings lag; what is
// listed, ours by tag, and in no record is adopted if its workload is still configured, else
// reaped.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/provider/burst_provider.hpp"
#include "controller/state/store.hpp"

namespace spillway {

struct Adoption {
  std::vector<ProviderGroup> adopt{};  ///< ours, unrecorded, of a configured workload
  std::vector<ProviderGroup> reap{};   ///< ours, unrecorded, old enough, of no configured workload
};

Adoption compare(const std::vector<ProviderGroup>& listed, const std::set<GroupId>& recorded,
                 const std::set<std::string>& workloads, TimePoint now, Duration reap_after);

/// True while the platform creates or mends it: its state is no answer yet, and it is not deleted.
bool is_on_its_way(const ProviderGroup& group);

/// True if all its containers have ended, and with exit code 0. Listings do not tell.
bool has_completed(const ProviderGroup& group);

/// What the provider's view of a group means for its lifecycle. `known_ip` is the recorded address.
/// A group that never has an address runs without one.
GroupEvent event_of(const ProviderGroup& group, const std::string& known_ip);

/// True if the capacity of the Spot group `record` was taken back. Azure starts it again by itself,
/// which looks like the start of any group. Told apart from other restarts by an event that says
/// so, and without one by the state: "Repairing" and "Unhealthy" are mended nodes, which happen to
/// every group, while a group that was up and is created once more has lost its place.
bool is_evicted(const ProviderGroup& seen, const GroupRecord& record);

}  // namespace spillway
