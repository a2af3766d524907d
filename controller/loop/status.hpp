// What the API, the dashboard and the metrics show: an immutable picture, published once per tick.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/decision.hpp"
#include "controller/core/mode.hpp"
#include "controller/core/plan.hpp"
#include "controller/core/snapshot.hpp"
#include "controller/provider/standby_pools.hpp"
#include "controller/provider/vm_pool.hpp"
#include "controller/state/store.hpp"

namespace spillway {

/// What is kept warm for a workload, as last looked at.
struct StandbyStatus {
  Place place{};
  int replicas_per_member{1};
  int wanted{0};
  /// Nothing: not looked at yet, or the provider did not answer lately. Unknown is not empty.
  std::optional<StandbyStock> stock{};
  std::optional<TimePoint> seen_at{};
  HourlyPrice price{};  ///< of all members that are charged for
};

/// The machines that a workload may grow, as last looked at.
struct MachinesStatus {
  int wanted{0};
  int base{0};  ///< the owner's own
  int max{0};
  std::optional<VmPoolState> state{};  ///< nothing: not known by now
  std::optional<TimePoint> seen_at{};
};

/// A template that the provider calls wrong: nothing is created from it again.
struct RefusedTemplate {
  std::string version{};  ///< the template's hash, and a mark of its secrets
  std::string words{};    ///< the provider's
  TimePoint at{};
};

/// One workload at its last tick.
struct WorkloadStatus {
  Snapshot snapshot{};
  Decision decision{};
  Plan plan{};
  std::vector<GroupRecord> groups{};
  std::optional<ShadowTick> shadow{};
  std::optional<StandbyStatus> standby{};    ///< nothing: no pool is kept
  std::optional<MachinesStatus> machines{};  ///< nothing: it has none
  std::optional<RefusedTemplate> refused{};  ///< nothing: its template was not refused
};

struct Status {
  TimePoint at{};
  Mode mode{Mode::observe};
  std::uint64_t tick{0};
  std::optional<Error> listing_trouble{};  ///< the provider could not be listed at this tick
  std::optional<Error> store_trouble{};    ///< state could not be written
  std::vector<std::shared_ptr<const WorkloadStatus>> workloads{};  ///< by name
  /// Groups of workloads that are not in the config: they are drained, and paid until they are
  /// gone.
  std::vector<GroupRecord> leaving{};
};

}  // namespace spillway
