// Several policies on several loads with several seeds, on all cores. The result does not depend on
// how many cores there are or in which order they finish.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/backtest/score.hpp"
#include "controller/backtest/simulation.hpp"
#include "policies/decide.hpp"

namespace spillway::backtest {

struct Contender {
  std::string name{};
  /// A policy of its own for each run, so that none is shared by two threads. Called from any.
  std::function<DecisionPolicy(const Load&)> build{};
};

struct Contest {
  World world{};
  std::vector<Load> loads{};
  std::vector<Contender> contenders{};
  int seeds{2};         ///< 1, 2, ...
  unsigned threads{0};  ///< 0: as many as there are cores
};

struct ContestResult {
  std::vector<Optimum> optima{};             ///< by load
  std::vector<std::vector<Score>> scores{};  ///< by contender, then load
};

/// Told how many of all runs are done, from one thread at a time.
using Progress = std::function<void(std::size_t done, std::size_t all)>;

ContestResult hold(const Contest& contest, const Progress& progress = {});

/// Extra machines that serve from the first second: those of `static_peak`, which were never off.
/// However the policy came about: by default, by its settings, from a config.
int machines_at_start(const DecisionPolicy& policy, const Load& load, const World& world);

/// The usual terms for a policy that is compared: no stabilization but its own, the provider's
/// quota as its limit.
DecisionPolicy alone(std::unique_ptr<Policy> policy, const World& world);

}  // namespace spillway::backtest
