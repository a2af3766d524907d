// The world as a controller has seen it: what its config says, and what its journal has measured.
#pragma once

#include <string>
#include <vector>

#include "controller/backtest/world.hpp"
#include "controller/core/error.hpp"
#include "controller/settings/config.hpp"
#include "controller/state/store.hpp"

namespace spillway::cli {

struct MeasuredWorld {
  backtest::World world{};
  /// Of each figure where it is from; `... (reference: nobody has measured it)` if it is a guess.
  std::vector<std::string> words{};
};

/// Of `config`: interval, replica size, machines, and the promise and prices that its policies
/// name. Of `entries` (the newest first): what a replica completes (the median of load /
/// (utilization * serving replicas) where at least a fifth was used), the cluster's replicas, start
/// times, price. The load is requests per second, as recorded.
MeasuredWorld measured_world(const settings::Config& config,
                             const settings::WorkloadConfig& workload,
                             const std::vector<JournalEntry>& entries);

/// The same with the entries of the state directory. Error: what the store says.
Result<MeasuredWorld> measured_world_of(const settings::Config& config,
                                        const std::string& workload);

}  // namespace spillway::cli
