// What Spillway remembers of the API's objects: the few fields that decide, out of the many. Pure
// parsing: an object that lacks what the API promises is an error, never an empty one.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/kubernetes/selectors.hpp"

namespace spillway::kubernetes {

struct Metadata {
  std::string name{};
  std::string name_space{};  ///< empty: the object belongs to the cluster
  std::string uid{};
  std::string resource_version{};
  std::map<std::string, std::string> labels{};
  int generation{0};
  bool is_deleting{false};

  /// `NAMESPACE/NAME`, or `NAME`: unique within its kind.
  std::string key() const;
};

/// Error: `malformed`: no name, or a field of the wrong type.
Result<Metadata> parse_metadata(const boost::json::object& object);

/// What one pod takes from a node.
struct Requests {
  double cores{0.0};
  double memory_bytes{0.0};

  bool operator==(const Requests&) const = default;
};

struct Pod {
  Metadata metadata{};
  std::string node{};            ///< empty: not placed
  std::string nominated_node{};  ///< others are being moved out for it there
  std::string phase{};           ///< Pending, Running, Succeeded, Failed, Unknown
  bool is_ready{false};
  bool is_unschedulable{false};  ///< no node can take it
  std::string why_not{};         ///< the scheduler's words on that
  Requests requests{};

  bool has_ended() const { return phase == "Succeeded" || phase == "Failed"; }
};

struct Node {
  Metadata metadata{};
  bool is_ready{false};
  bool is_cordoned{false};
  std::vector<Taint> taints{};
  Requests allocatable{};
  int pods_max{0};
};

enum class OwnerKind { deployment, stateful_set };

std::string_view to_string(OwnerKind kind);  ///< `Deployment`, `StatefulSet`

/// A Deployment or StatefulSet.
struct PodOwner {
  OwnerKind kind{OwnerKind::deployment};
  Metadata metadata{};
  int replicas{1};
  Selector selector{};
  Placement placement{};  ///< where its pods may go
  Requests pod_requests{};
  bool is_ordered{false};  ///< a StatefulSet that starts one pod after the other
  /// Pods of an older template are still there, or the newest has not been looked at yet.
  bool is_rolling{false};
  std::string create_failure{};  ///< why no further pods are made (a quota, say); empty: none
  bool is_stuck{false};          ///< the rollout exceeded its deadline
  std::shared_ptr<const boost::json::object> pod_template{};  ///< `spec.template`
  std::vector<std::string> claim_templates{};                 ///< names of a StatefulSet's volumes
};

/// A HorizontalPodAutoscaler.
struct Autoscaler {
  Metadata metadata{};
  std::string target_kind{};
  std::string target_name{};
  int replicas_max{0};
  bool is_able{true};  ///< it has metrics and may scale
};

struct DisruptionBudget {
  Metadata metadata{};
  Selector selector{};
  int disruptions_allowed{0};
};

Result<Pod> parse_pod(const boost::json::object& object);
Result<Node> parse_node(const boost::json::object& object);
Result<PodOwner> parse_deployment(const boost::json::object& object);
Result<PodOwner> parse_stateful_set(const boost::json::object& object);
Result<Autoscaler> parse_autoscaler(const boost::json::object& object);
Result<DisruptionBudget> parse_disruption_budget(const boost::json::object& object);

/// What a pod with this spec takes: the sum over its containers, at least the largest init
/// container, plus the overhead; a native sidecar (an init container that always restarts) counts
/// among the containers. Example: containers 250m + 100m, init 500m: 500m.
Requests requests_of(const boost::json::object& pod_spec);

}  // namespace spillway::kubernetes
