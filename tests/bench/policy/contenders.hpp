// Who competes in the policy benchmark, with which settings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/backtest/contest.hpp"

namespace spillway::bench {

/// The rows of the table: every baseline at the setting that does best, and our own with defaults.
std::vector<backtest::Contender> contenders(const backtest::World& world);

/// True for a policy of ours: its traces are printed one by one.
bool is_ours(std::string_view name);

/// A family of settings to choose among.
struct Grid {
  std::string name{};
  std::vector<backtest::Contender> members{};
};

std::vector<Grid> grids(const backtest::World& world);

/// Those whose speed is measured.
std::vector<backtest::Contender> speed_contenders(const backtest::World& world);

}  // namespace spillway::bench
