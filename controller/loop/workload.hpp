// Everything the loop needs to look after one workload, as wired from the config. The loop knows
// interfaces only. Shared and immutable: an operation under way keeps its workload and adapters
// alive while a reload has already swapped in others.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/cluster/cluster.hpp"
#include "controller/core/group_lifecycle.hpp"
#include "controller/core/planner.hpp"
#include "controller/core/probe_settings.hpp"
#include "controller/core/replica_template.hpp"
#include "controller/core/rolling_settings.hpp"
#include "controller/provider/vm_pool.hpp"
#include "controller/provider/vm_pool_limits.hpp"
#include "controller/traffic/traffic.hpp"
#include "policies/cost/standby_size.hpp"
#include "policies/decide.hpp"
#include "policies/placement/placement.hpp"

namespace spillway {

struct Workload {
  std::string name{};
  std::string service{};  ///< the cluster's own name for it
  std::string cluster_name{};
  std::shared_ptr<Cluster> cluster{};
  std::vector<std::shared_ptr<Traffic>> traffic{};
  /// By `Traffic::name`: where its balancers have what is ours, such as the servers of a backend
  /// with our prefix. Two of which one begins with the other are the same place. None where nothing
  /// stays behind when the adapter is gone.
  std::map<std::string, std::vector<std::string>> traffic_places{};
  /// What its balancers keep beside that, such as entries of maps. Those of two balancers may be
  /// the same ones although the places are not.
  std::vector<std::string> traffic_entries{};
  std::string traffic_text{};  ///< their settings, for a later run with another config
  DecisionPolicy decision{};
  std::optional<DecisionPolicy> shadow{};  ///< decides beside it, and nobody acts on it
  Duration shadow_wait{std::chrono::milliseconds{200}};  ///< longer waits count as late
  ReplicaTemplate replica{};
  /// Until the cluster has told what a replica looks like: nothing can be created.
  bool awaits_template{false};
  /// Fills in what the settings leave to the cluster (template and its hash, offers, probe) and
  /// ends the wait. Empty: the settings say it all. It begins from the settings each time.
  std::function<void(const DerivedReplica&, Workload&)> take_replica{};
  std::vector<Offer> offers{};  ///< every place and size, in the order of the settings
  /// What an offer costs by the prices that are known now. Empty: its price is fixed.
  std::function<HourlyPrice(const Offer&, const ReplicaTemplate&)> price_of{};
  placement::Settings placement{};
  std::map<Place, Duration> latencies{};  ///< from the cluster, where the settings tell
  StandbySettings standby{};
  std::shared_ptr<MachinePool> machines{};  ///< null: wishes for VMs stay wishes
  VmPoolLimits machine_limits{};
  PlanLimits plan_limits{};  ///< what does not change from tick to tick
  LifecycleLimits lifecycle{};
  RollingSettings rolling{};
  ProbeSettings probe{};
  std::string idle_path{};  ///< of workers: see ReplicaConfig
  /// Set: a metric tells what each worker has in hand (`Sensors::read_work`). A sample shows what
  /// was so much earlier.
  std::optional<Duration> work_lag{};
  double allocation_weight{1.0};
  int weight{100};              ///< of a burst replica, relative to a base replica's 100
  std::string settings_text{};  ///< as printed by the effective config: kept for replay
  std::string settings_hash{};
};

}  // namespace spillway
