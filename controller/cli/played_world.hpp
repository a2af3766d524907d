// What `backtest` and `tune` share: the world by name, the loads of recorded traces in it, the
// workload of a config, the bar of progress, and where a report goes. Each says what is wrong on
// standard error.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/backtest/contest.hpp"
#include "controller/cli/commands.hpp"
#include "controller/settings/workload_config.hpp"

namespace spillway::cli {

/// The world that a request names: `reference`, `measured` (by the journal of the config's
/// workload), or the YAML file of this name. The trace is scaled as the request says; if it says
/// nothing, a workload's own history is what it is, and not scaled to the reference world's size.
std::optional<backtest::World> world_of(const PlayRequest& request);

/// The recorded loads that a request names: CSV files, or the workload's own history.
std::optional<std::vector<backtest::Load>> loads_of(const PlayRequest& request,
                                                    const backtest::World& world);

/// The workload `name` of a config, or its only one; with its name.
std::optional<std::pair<std::string, settings::WorkloadConfig>> workload_of(
    const std::string& config, const std::string& name);

/// A bar on a terminal; empty elsewhere.
backtest::Progress progress_bar();

/// To `file`, or to standard output if that is empty. Gives the exit code.
int write_report(const std::string& text, const std::string& file);

}  // namespace spillway::cli
