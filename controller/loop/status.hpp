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
#include "controller/state/store.hpp"

namespace spillway {

/// One workload at its last tick.
struct WorkloadStatus {
  Snapshot snapshot{};
  Decision decision{};
  Plan plan{};
  std::vector<GroupRecord> groups{};
  std::optional<ShadowTick> shadow{};
};

struct Status {
  TimePoint at{};
  Mode mode{Mode::observe};
  std::uint64_t tick{0};
  std::optional<Error> listing_trouble{};  ///< the provider could not be listed at this tick
  std::optional<Error> store_trouble{};    ///< state could not be written
  std::vector<std::shared_ptr<const WorkloadStatus>> workloads{};  ///< by name
};

}  // namespace spillway
