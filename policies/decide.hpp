// The decision of one tick for one workload: recommendations, arbiter, trust, stabilizer, limits,
// and the split into base and burst. The same function decides in the live loop, in `plan`, in
// backtests, in `explain --replay` and in the simulation tests.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "controller/core/decision.hpp"
#include "controller/core/history.hpp"
#include "controller/core/snapshot.hpp"
#include "policies/combine/arbiter.hpp"
#include "policies/combine/stabilizer.hpp"
#include "policies/combine/trust.hpp"
#include "policies/policy.hpp"

namespace spillway {

/// Hard bounds on the counts; nothing exceeds them, whatever a policy says.
struct LimitSettings {
  int min{0};                ///< base and burst together
  int max_total{1'000'000};  ///< base and burst together
  int max_burst{20};         ///< in the burst provider
  /// In the burst provider beyond `max_burst`, while groups of a dark region are covered by others
  /// and have not left yet; nothing: as many as `max_burst`.
  std::optional<int> max_cover{};
};

void describe(Fields& fields, LimitSettings& settings);

/// How one workload decides.
struct DecisionPolicy {
  /// Shared, since policies are immutable: a variant of a set costs no more than its list.
  std::vector<std::shared_ptr<const Policy>> policies{};
  ArbiterSettings arbiter{};
  TrustSettings trust{};
  BehaviorSettings behavior{};
  LimitSettings limits{};
  int replicas_per_vm{1};  ///< what an extra machine holds; limits are kept by whole machines
};

struct Decided {
  Decision decision{};
  History next{};  ///< to pass in at the next tick
};

/// Decides. Deterministic and total: every snapshot and history give a decision.
///
/// Burst = desired - what base and extra VMs can serve, so the cluster's own room is used first and
/// a scale-in removes burst before base. While the base pool is unknown the burst is kept, and only
/// grows by what `desired` grows.
///
/// Extra VMs follow the highest wish for them, within `max_total` and, as long as ceilings win,
/// what those leave beside the cluster (a ceiling adds no machine, and removes none). None is added
/// while the fleet is unknown, or while a person wants no burst.
///
/// A history that is older than `longest_window` keeps what was learned and forgets what was
/// wanted.
Decided decide(const DecisionPolicy& policy, const Snapshot& now, History past);

/// Cuts the burst of a decision to what the allocator granted; leaves no trace if that is all of
/// it.
void apply_grant(Decided& decided, Replicas granted);

}  // namespace spillway
