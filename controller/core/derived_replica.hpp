// A replica as the cluster itself describes it, so that a burst replica can be the same without
// anybody writing it down twice. What the cluster does not say stays empty; what it says and a
// container group cannot have is named with its reason, so that a person can decide.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/replica_template.hpp"

namespace spillway {

struct DerivedReplica {
  /// Image, command, environment, probes, mounts and so on; fields at their default say nothing.
  /// `port` in here is not looked at: see below.
  ReplicaTemplate replica{};
  std::optional<int> port{};          ///< nothing: the cluster does not tell
  std::optional<double> vcpu{};       ///< what one base replica is given
  std::optional<double> memory_gb{};  ///< likewise, in GB as Azure counts them
  std::string probe_path{};           ///< for our own probe; empty: the cluster does not tell
  bool is_probe_https{false};         ///< whether that is asked over TLS
  int probe_port{0};                  ///< where; 0: at the replica's port
  /// What the cluster's description has and this cannot have, each with the reason: a sentence.
  std::vector<std::string> left_out{};

  bool operator==(const DerivedReplica&) const = default;
};

}  // namespace spillway
