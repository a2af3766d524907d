// What the balancers of a workload say about one of its groups, summed over them.
#pragma once

#include <optional>

#include "controller/core/group.hpp"

namespace spillway {

struct TrafficView {
  GroupId group{};
  std::optional<int> in_flight{};  ///< nothing: no balancer can count, or one did not answer
  bool is_withdrawn{false};        ///< no balancer sends it new requests
  /// Nothing: no balancer has told. False: it serves, and no balancer takes it.
  std::optional<bool> has_traffic{};
};

}  // namespace spillway
