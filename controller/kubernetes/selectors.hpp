// Who belongs to whom, and where a pod may run: label selectors, taints and tolerations, node
// selectors and required node affinity. Pure. Affinity between pods and spreading over topologies
// are not modelled: what they forbid counts as room here, and shows as Unschedulable afterwards.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/kubernetes/json_fields.hpp"

namespace spillway::kubernetes {

using Labels = std::map<std::string, std::string>;

struct LabelRule {
  enum class Operator { in, not_in, exists, does_not_exist, greater, less, unknown };

  std::string key{};
  Operator how{Operator::unknown};
  std::vector<std::string> values{};

  bool operator==(const LabelRule&) const = default;
};

/// An unknown operator matches nothing.
bool matches(const LabelRule& rule, const Labels& labels);

/// All of it must hold. An empty selector matches nothing here: of a workload that would be
/// everything, which the API refuses.
struct Selector {
  Labels labels{};
  std::vector<LabelRule> rules{};

  bool operator==(const Selector&) const = default;
};

bool matches(const Selector& selector, const Labels& labels);

struct Taint {
  std::string key{};
  std::string value{};
  std::string effect{};

  bool operator==(const Taint&) const = default;
};

struct Toleration {
  std::string key{};  ///< empty: any
  bool needs_value{false};
  std::string value{};
  std::string effect{};  ///< empty: any

  bool operator==(const Toleration&) const = default;
};

/// Where a pod may go.
struct Placement {
  Labels node_labels{};
  /// Required node affinity: one of the terms must hold, all rules of it. Empty: anywhere.
  std::vector<std::vector<LabelRule>> affinity_terms{};
  bool has_affinity{false};
  std::vector<Toleration> tolerations{};

  bool operator==(const Placement&) const = default;
};

/// True if a node with these labels and taints may take a new pod. PreferNoSchedule forbids
/// nothing.
bool may_go_to(const Placement& placement, const Labels& node_labels,
               const std::vector<Taint>& taints);

Selector parse_selector(FieldReader& fields, const boost::json::object* selector);
std::vector<Taint> parse_taints(FieldReader& fields, const boost::json::object* node_spec);
Placement parse_placement(FieldReader& fields, const boost::json::object* pod_spec);

}  // namespace spillway::kubernetes
