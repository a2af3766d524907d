// From what happened to how good it was: the share of late requests, the cost against the
// clairvoyant optimum, and J30, one number for both.
//
//   ratio = burst cost / optimum                       1 is the best possible
//   J30   = (burst cost + 30 * ACI cost of one request * late requests) / optimum of the same
//
// Example: 4.20 USD, of 10 million requests 50 000 late at 1.65e-6 USD each times 30, optimum 2.00
// USD: ratio 2.10, J30 (4.20 + 2.475) / 2 = 3.34.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controller/backtest/optimum.hpp"
#include "controller/backtest/simulation.hpp"

namespace spillway::backtest {

/// One policy on one load: the mean over seeds.
struct Score {
  double late_share{0.0};
  double burst_cost_usd{0.0};
  double optimum_cost_usd{0.0};
  double objective_usd{0.0};          ///< burst cost and late requests at their price
  double optimum_objective_usd{0.0};  ///< the least possible of that
  double creates{0.0};
  double failed_creates{0.0};
  double vm_creates{0.0};
  double under_accuracy{0.0};
  double over_accuracy{0.0};
  double under_timeshare{0.0};
  double over_timeshare{0.0};
  double instability{0.0};
  double adaptations_per_day{0.0};
  double dropped_share{0.0};
  double days{0.0};

  /// Nothing if the optimum is free and the policy is not: no factor says how much worse.
  std::optional<double> ratio() const;
  std::optional<double> j30() const;
  double creates_per_day() const { return creates / days; }
};

/// The mean over `outcomes`, which are of one load with different seeds; at least one.
Score score(std::span<const Outcome> outcomes, const Optimum& optimum, const World& world);

/// One policy on several loads.
struct Summary {
  double late_share_mean{0.0};
  double late_share_median{0.0};
  std::optional<double> ratio{};  ///< geometric mean over the `ratio_loads` that have one
  std::optional<double> j30{};    ///< likewise
  double creates_per_day{0.0};
  int loads{0};
  /// Those of the geometric means. Left out are loads whose optimum is free while money was spent,
  /// which have no factor, and those on which nothing was spent while the optimum costs something:
  /// one factor of 0 would make 0 of all.
  int ratio_loads{0};
  int j30_loads{0};
  int within_1_percent{0};  ///< loads with a late share of at most 1 %
};

Summary summarize(std::span<const Score> scores);

}  // namespace spillway::backtest
