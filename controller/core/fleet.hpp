// What runs for one workload right now: base replicas on the owner's cluster, extra VMs, and burst
// groups. A part that could not be listed is absent, which is not the same as empty.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "controller/core/group.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// The fixed cluster, as its adapter sees it.
struct BasePool {
  Replicas ready{};     ///< running and able to serve
  Replicas starting{};  ///< placed on a node, not ready yet
  Replicas desired{};   ///< what the cluster's own settings ask for
  Replicas pending{};   ///< wanted by the cluster, no node can take them: the cluster is full
  Replicas room{};      ///< further replicas the cluster will start by itself under load
  int nodes_up{0};
  int nodes_down{0};
  bool is_rolling{false};  ///< a rolling update is in progress: ready is lower than usual

  /// What the cluster can serve without any burst. Replicas that start by themselves count, so
  /// that a burst never begins while the cluster has room.
  Replicas capacity() const { return ready + room; }

  bool operator==(const BasePool&) const = default;
};

/// Machines added to the cluster because a burst became the norm.
struct VmPool {
  Replicas ready{};
  Replicas starting{};
  /// Of the ready ones, those that stay for as long as a burst takes to start, whatever is wished:
  /// a pool shrinks late, and perhaps never. Nothing: what is not wished leaves at once.
  std::optional<Replicas> staying{};

  /// The ready ones that go on serving if so many are wished.
  Replicas kept(Replicas wished) const {
    return std::min(ready, std::max(wished, staying.value_or(Replicas{})));
  }

  bool operator==(const VmPool&) const = default;
};

/// Burst replicas by how far they have come. Failed, evicted and stuck groups are in none of them.
struct BurstCount {
  Replicas serving{};
  Replicas starting{};
  Replicas draining{};
  Replicas waiting{};  ///< serve, but no balancer had room for them: no capacity
  Replicas doubted{};  ///< of the wanted: in doubt whether they serve, or will (`is_doubted`)
  Replicas unsure{};   ///< of the wanted, beside the doubted: nobody sees them (`Group::is_unsure`)

  /// What a plan builds on: running, or about to run.
  Replicas wanted() const { return serving + starting; }

  bool operator==(const BurstCount&) const = default;
};

BurstCount count_burst(const std::vector<Group>& groups);

struct Fleet {
  std::optional<BasePool> base{};  ///< nothing: the cluster could not be read
  VmPool vms{};
  std::optional<std::vector<Group>> burst{};  ///< nothing: the provider could not be listed

  /// What runs or is about to run, as the split into base and burst counts it: VMs count once they
  /// are ready, since the burst stands in for them until then. Nothing if a part is unknown.
  std::optional<Replicas> total() const;

  bool operator==(const Fleet&) const = default;
};

}  // namespace spillway
