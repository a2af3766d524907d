// The base pool of one service, from a listing of the whole swarm. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cluster/docker_swarm/listing.hpp"
#include "controller/core/fleet.hpp"

namespace spillway::docker_swarm {

/// A service with this label is scaled by somebody else up to so many replicas: the ones that are
/// missing and would find a place count as room, so that a burst waits for them.
inline constexpr std::string_view replicas_max_label{"spillway.replicas_max"};

/// A listing with its tasks by service, so that hundreds of services cost one pass.
class Swarm {
 public:
  explicit Swarm(Listing listing);
  Swarm(Swarm&&) = default;
  Swarm& operator=(Swarm&&) = default;
  Swarm(const Swarm&) = delete;  // it points into its own lists
  Swarm& operator=(const Swarm&) = delete;

  /// By name or id; null if there is none.
  const Service* find(std::string_view service) const;

  /// Ready are slots with a running task on a node that is up: Swarm goes on calling tasks of a
  /// lost node running for a while. Pending is what the scheduler has found no node for.
  BasePool pool(const Service& service) const;

  /// True while an update or its rollback is under way, or has stopped half way.
  static bool is_rolling(const Service& service);

  /// What its replicas run for the most part: while an update is under way, what ran before it.
  static const TaskSpec& settled_task(const Service& service);

  const Listing& listing() const { return listing_; }

 private:
  Listing listing_;
  std::map<std::string, std::size_t, std::less<>> services_{};  // by name and by id
  std::map<std::string, std::vector<const Task*>, std::less<>> tasks_{};
  std::map<std::string, const Node*, std::less<>> nodes_{};
};

}  // namespace spillway::docker_swarm
