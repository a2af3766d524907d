#include "controller/cluster/kubernetes/base_pool.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::kubernetes {

namespace {

/// So that 3 x 0.1 cores fit into 0.3.
constexpr double rounding{1e-9};
constexpr std::string_view provider_taint{"virtual-kubelet.io/provider"};

int how_often(double part, double whole) {
  if (part <= 0.0) return 1'000'000;  // takes nothing: the number of pods limits it
  const double times{std::floor(whole / part + rounding)};
  return static_cast<int>(std::clamp(times, 0.0, 1'000'000.0));
}

bool is_lost(const Pod& pod, const NodePicture* nodes) {
  if (nodes == nullptr || pod.node.empty()) return false;
  const auto found = nodes->by_name.find(pod.node);
  return found == nodes->by_name.end() || !found->second->is_ready;
}

bool is_cordoned(const Pod& pod, const NodePicture* nodes) {
  if (nodes == nullptr) return false;
  const auto found = nodes->by_name.find(pod.node);
  return found != nodes->by_name.end() && found->second->is_cordoned;
}

}  // namespace

bool is_virtual(const Node& node) {
  const auto type = node.metadata.labels.find("type");
  if (type != node.metadata.labels.end() && type->second == "virtual-kubelet") return true;
  return std::any_of(node.taints.begin(), node.taints.end(),
                     [](const Taint& taint) { return taint.key == provider_taint; });
}

NodePicture picture_of(const std::map<std::string, Node>& nodes,
                       const std::map<std::string, Pod>& pods) {
  NodePicture picture{};
  std::map<std::string, FreeNode> open{};
  for (const auto& [name, node] : nodes) {
    picture.by_name.emplace(name, &node);
    if (is_virtual(node)) continue;
    ++(node.is_ready ? picture.up : picture.down);
    if (!node.is_ready || node.is_cordoned) continue;
    open.emplace(name, FreeNode{&node, node.allocatable, node.pods_max});
  }
  for (const auto& [key, pod] : pods) {
    // One that others make way for has its place already.
    const std::string& place{pod.node.empty() ? pod.nominated_node : pod.node};
    const auto found = open.find(place);
    if (found == open.end() || pod.has_ended()) continue;
    found->second.free.cores -= pod.requests.cores;
    found->second.free.memory_bytes -= pod.requests.memory_bytes;
    --found->second.pods_free;
  }
  picture.open.reserve(open.size());
  for (const auto& [name, each] : open) picture.open.push_back(each);
  return picture;
}

int pods_that_fit(const PodOwner& owner, const NodePicture& nodes) {
  long long all{0};
  for (const FreeNode& each : nodes.open) {
    if (!may_go_to(owner.placement, each.node->metadata.labels, each.node->taints)) continue;
    const int fit{std::min({how_often(owner.pod_requests.cores, each.free.cores),
                            how_often(owner.pod_requests.memory_bytes, each.free.memory_bytes),
                            each.pods_free})};
    all += std::max(0, fit);
  }
  return static_cast<int>(std::min(all, 1'000'000LL));
}

BasePool base_pool(const PoolInput& input) {
  const PodOwner& owner{*input.owner};
  int ready{0};
  int cordoned{0};
  int starting{0};
  int unschedulable{0};
  int existing{0};
  for (const Pod* const pod : input.pods) {
    if (pod->metadata.is_deleting || pod->has_ended()) continue;
    ++existing;
    if (pod->is_unschedulable && pod->nominated_node.empty()) {
      ++unschedulable;
    } else if (is_lost(*pod, input.nodes)) {
      continue;  // the node is down: it neither serves nor starts
    } else if (pod->is_ready) {
      ++ready;
      if (is_cordoned(*pod, input.nodes)) ++cordoned;
    } else {
      ++starting;
    }
  }
  BasePool pool{
      .starting = {starting}, .desired = {owner.replicas}, .is_rolling = owner.is_rolling};
  const int missing{std::max(0, owner.replicas - existing)};
  const bool is_blocked{!owner.create_failure.empty() || (owner.is_ordered && unschedulable > 0)};
  pool.pending = {unschedulable + (is_blocked ? missing : 0)};
  if (input.leaves_out_cordoned) {
    // Without a budget a drain takes all pods of a node at once.
    const int may_go{input.budget != nullptr ? std::max(0, input.budget->disruptions_allowed)
                                             : cordoned};
    ready -= std::min(cordoned, may_go);
  }
  pool.ready = {ready};
  if (input.nodes != nullptr) {
    pool.nodes_up = input.nodes->up;
    pool.nodes_down = input.nodes->down;
  }
  const bool will_grow{input.autoscaler != nullptr && input.autoscaler->is_able &&
                       input.nodes != nullptr && pool.pending == Replicas{0}};
  if (will_grow) {
    const int allowed{std::max(0, input.autoscaler->replicas_max - owner.replicas)};
    pool.room = {std::min(allowed, pods_that_fit(owner, *input.nodes))};
  }
  return pool;
}

}  // namespace spillway::kubernetes
