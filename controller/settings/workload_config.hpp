// What the config file says about one workload. Names of sources, clusters and traffic refer to the
// sections of the Config that holds it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/group_lifecycle.hpp"
#include "controller/core/rolling_settings.hpp"
#include "controller/provider/scale_set/settings.hpp"
#include "controller/provider/vm_pool_limits.hpp"
#include "controller/settings/policy_test_config.hpp"
#include "controller/settings/replica_config.hpp"
#include "controller/settings/shadow_config.hpp"
#include "metrics/signal_settings.hpp"
#include "policies/cost/standby_size.hpp"
#include "policies/decide.hpp"
#include "policies/placement/placement.hpp"
#include "policies/registry.hpp"

namespace spillway::settings {

/// A pool of machines that the cluster can be given, by its `type`.
struct VmsConfig {
  std::variant<scale_set::Settings> pool{};
  VmPoolLimits limits{};
};

void describe(Fields& fields, VmsConfig& config);

struct WorkloadConfig {
  std::string cluster{};
  std::string service{};  ///< empty: the workload's name
  std::map<std::string, SignalSettings> signals{};
  std::map<std::string, std::string> labels{};
  ReplicaConfig replica{};
  bool has_placement{false};  ///< false: the cheapest offer first
  placement::Settings placement{};
  LimitSettings limits{};
  /// Drafts are not changed after the load, so that copies of a config may share them.
  std::vector<std::shared_ptr<PolicyDraft>> policies{};
  bool has_shadow{false};
  ShadowConfig shadow{};
  std::vector<PolicyTestConfig> tests{};
  ArbiterSettings arbiter{};
  TrustSettings trust{};
  BehaviorSettings behavior{};
  std::vector<std::string> traffic{};
  LifecycleLimits lifecycle{};
  StandbySettings standby{};
  bool has_vms{false};
  VmsConfig vms{};
  RollingSettings rolling{};
  double drain_share_per_tick{0.5};
  double allocation_weight{1.0};  ///< against other workloads, where `allocator` has limits
};

void describe(Fields& fields, WorkloadConfig& config);

/// The policies, built from their drafts, with the settings that combine them.
DecisionPolicy decision_policy(const WorkloadConfig& config);

/// The same for the shadow, with the workload's own limits and trust; nothing if there is none.
std::optional<DecisionPolicy> shadow_policy(const WorkloadConfig& config);

}  // namespace spillway::settings
