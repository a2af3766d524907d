// What the config file says about one burst replica: what runs in its container group, how big the
// group is, and how it is probed and weighted.
#pragma once

#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/group.hpp"
#include "controller/core/probe_settings.hpp"
#include "controller/core/replica_template.hpp"

namespace spillway::settings {

struct ReplicaConfig {
  ReplicaTemplate replica{};
  GroupSize size{};
  std::vector<GroupSize> sizes{};  ///< further ones, each an offer of its own
  ProbeSettings probe{};
  int weight{100};  ///< of a burst replica in traffic, relative to a base replica's 100
};

void describe(Fields& fields, ReplicaConfig& config);

}  // namespace spillway::settings
