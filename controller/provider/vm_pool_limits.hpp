// Within which bounds a workload may grow and shrink a pool of machines.
#pragma once

#include <algorithm>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct VmPoolLimits {
  int base{0};  ///< the owner's own machines: the pool is never made smaller
  int max{0};   ///< the base included
  int replicas_per_vm{1};
  /// The cluster adapter sees replicas on the extra machines, too: they are taken off its count.
  bool is_counted_by_cluster{false};
  Duration scale_in_after{std::chrono::minutes{10}};

  bool operator==(const VmPoolLimits&) const = default;
};

void describe(Fields& fields, VmPoolLimits& limits);

/// The number of machines for `extra_replicas` beyond the base, within the limits. Example: base 3,
/// max 6, 4 replicas each: 5 extra replicas want 5 machines, 20 want 6.
inline int machines_for(int extra_replicas, const VmPoolLimits& limits) {
  const int each{std::max(1, limits.replicas_per_vm)};
  const int extra{(std::max(0, extra_replicas) + each - 1) / each};
  return std::clamp(limits.base + extra, limits.base, std::max(limits.base, limits.max));
}

}  // namespace spillway
