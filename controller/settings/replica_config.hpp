// What the config file says about one burst replica: what runs in its container group, how big the
// group is, and how it is probed and weighted.
#pragma once

#include <string>
#include <vector>

#include "controller/core/derived_replica.hpp"
#include "controller/core/fields.hpp"
#include "controller/core/group.hpp"
#include "controller/core/probe_settings.hpp"
#include "controller/core/replica_template.hpp"
#include "metrics/work_settings.hpp"

namespace spillway::settings {

/// Which of the settings with a default the file gives: the others may come from the cluster.
struct GivenSettings {
  bool port{false};
  bool vcpu{false};
  bool memory{false};
};

struct ReplicaConfig {
  bool from_cluster{false};  ///< what is left out here is as the cluster describes its replicas
  GivenSettings given{};
  ReplicaTemplate replica{};
  GroupSize size{};
  std::vector<GroupSize> sizes{};  ///< further ones, each an offer of its own
  ProbeSettings probe{};
  /// Asked with GET while a worker drains: 200 to 399 when it has nothing to do any more.
  std::string idle_path{};
  bool has_busy{false};
  WorkSettings busy{};  ///< what each worker has in hand, by a metric
  int weight{100};      ///< of a burst replica in traffic, relative to a base replica's 100
};

void describe(Fields& fields, ReplicaConfig& config);

/// `config` with what it leaves out taken from the cluster's description. Its own settings win, one
/// by one: lists as a whole, environment variables by name. Sizes are rounded up to what a group
/// can have (0.01 vCPU, 0.1 GB).
ReplicaConfig filled_in(ReplicaConfig config, const DerivedReplica& derived);

}  // namespace spillway::settings
