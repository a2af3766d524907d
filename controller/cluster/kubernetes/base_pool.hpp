// From the API's objects to the base pool of one workload: pure arithmetic over what is running,
// what the scheduler could not place, and what the cluster will still do by itself.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/core/fleet.hpp"
#include "controller/kubernetes/objects.hpp"

namespace spillway::kubernetes {

/// What is free on one node that can take pods.
struct FreeNode {
  const Node* node{nullptr};
  Requests free{};
  int pods_free{0};
};

/// The nodes as a whole, the same for every workload.
struct NodePicture {
  std::map<std::string, const Node*> by_name{};
  std::vector<FreeNode> open{};  ///< ready, not cordoned, not virtual
  int up{0};
  int down{0};
};

/// True for the nodes of virtual-kubelet and its kind: they are burst capacity, not machines.
bool is_virtual(const Node& node);

/// `pods` are those of the whole cluster: what has not ended takes its requests from its node.
NodePicture picture_of(const std::map<std::string, Node>& nodes,
                       const std::map<std::string, Pod>& pods);

/// How many more pods of `owner` the open nodes can take by their requests, selectors and taints.
/// Affinity between pods and spreading are not looked at: see selectors.hpp.
int pods_that_fit(const PodOwner& owner, const NodePicture& nodes);

struct PoolInput {
  const PodOwner* owner{nullptr};
  std::vector<const Pod*> pods{};     ///< those that its selector matches
  const NodePicture* nodes{nullptr};  ///< null: nodes cannot be read
  const Autoscaler* autoscaler{nullptr};
  const DisruptionBudget* budget{nullptr};
  bool leaves_out_cordoned{false};
};

/// ready: pods that are Ready on a node that is up, less those that a drain is about to take, if
/// those are to be left out (at most as many as the disruption budget lets go).
/// pending: pods that are Unschedulable, and pods that cannot even be made (a quota; a StatefulSet
/// that waits for an unschedulable one). A pod for which others are being moved out is starting.
/// room: what the autoscaler may still add and nodes can take; without one nobody adds anything.
/// Example: 6 of 8 ready, 2 unschedulable, HPA up to 20: ready 6, pending 2, desired 8, room 0.
BasePool base_pool(const PoolInput& input);

}  // namespace spillway::kubernetes
