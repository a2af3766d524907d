// Shares one limit among many workloads: burst replicas of a quota, or a rent that all of them
// together may cost. Each has decided for itself; where that is more than there is, the allocator
// says who gets how much. Pure, over all decisions of one tick.
//
//   1. what runs and is still wanted is kept: a newcomer never takes a replica away
//   2. the rest goes out one by one, each to the workload that would have the least with it:
//          (granted + 1) / (weight * urgency)       urgency = 1 + (wanted - running) / desired
//      if it still wants one and its price fits into what is left of the rent
//
// The urgency, from 1 to 2, is the share of its whole demand that a workload has not got: of two
// with equal weight the one that stands without anything comes before the one that lacks a tenth.
// Example: a quota of 10, two workloads of weight 1 and 3 that want 10 each, with nothing running:
// 2 and 8, since a third for the first (3 / 1) comes after the eighth for the second (8 / 3).
// Source: weighted max-min fairness by progressive filling (Bertsekas and Gallager); in whole
// units that is the method of D'Hondt.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct AllocatorSettings {
  std::optional<int> max_burst{};         ///< over all workloads; nothing: no bound
  std::optional<HourlyPrice> max_rent{};  ///< of all burst replicas together

  bool is_limited() const { return max_burst || max_rent; }
};

void describe(Fields& fields, AllocatorSettings& settings);

/// What one workload would have, and on what terms.
struct Claim {
  std::string workload{};
  Replicas wanted{};    ///< burst replicas, as decided
  Replicas running{};   ///< burst replicas that serve or start
  Replicas desired{};   ///< all replicas that it needs, base included
  HourlyPrice price{};  ///< of one burst replica; zero is free
  double weight{1.0};   ///< above 0
};

/// Burst replicas granted to each claim, in the order given. Never more than wanted, never fewer
/// than what runs and is wanted. Ties go to the alphabetically first, so that the order does not
/// matter.
std::vector<Replicas> allocate(const std::vector<Claim>& claims, const AllocatorSettings& settings);

}  // namespace spillway
