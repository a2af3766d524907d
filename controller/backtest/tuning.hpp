// Searches settings on recorded loads: chooses on the first part of each, judges on the rest, and
// says when an advantage did not hold there. Random search around what is configured, then around
// what has been found; deterministic for a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "controller/backtest/contest.hpp"
#include "controller/backtest/knobs.hpp"

namespace spillway::backtest {

/// Lateness and cost over several loads.
struct Judged {
  double late_share{0.0};  ///< mean over loads
  double cost_usd{0.0};    ///< sum
  double j30{1.0};         ///< geometric mean; a load that costs nothing to serve counts as well
};

struct Candidate {
  std::vector<double> values{};  ///< one for each knob
  Judged seen{};                 ///< on the part that was chosen by
  Judged held_out{};
};

struct TuningSettings {
  int evaluations{60};
  int seeds{2};
  double hold_out_share{0.3};  ///< the last part of each load
  std::uint64_t seed{1};
};

struct Tuning {
  std::vector<Knob> knobs{};
  std::size_t tried{0};  ///< combinations of their values, with the configured one
  Candidate current{};
  std::vector<Candidate> front{};  ///< nobody is both cheaper and less late; cheapest first
  /// Of `front`: the lowest J30 on the part seen among those whose J30 is better than that of what
  /// is configured on both parts; among all, if there is none.
  std::size_t chosen{0};
  bool is_better{false};  ///< `chosen` has a lower J30 than what is configured, on both parts
  std::string warning{};  ///< empty: the advantage holds
};

/// Builds the policy with one value for each knob. Called from several threads.
using BuildWith = std::function<DecisionPolicy(const std::vector<double>&)>;

Tuning tune(const std::vector<Load>& loads, const World& world, std::vector<Knob> knobs,
            const BuildWith& build, const TuningSettings& settings, const Progress& progress = {});

/// The seconds [begin, end) of a load, with the same cluster.
Load slice(const Load& load, int begin, int end);

/// Those that no other beats in both cost and lateness on the part seen, cheapest first.
std::vector<Candidate> pareto_front(std::vector<Candidate> candidates);

}  // namespace spillway::backtest
