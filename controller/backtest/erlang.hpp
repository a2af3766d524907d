// What c replicas hold within the SLO: the inverse of the waiting time of M/M/c
// (policies/erlang.hpp). A request may wait at most `wait` with probability `quantile`.
//
// Example: 10 req/s a replica, p95 wait at most 200 ms: 5 replicas hold 38 req/s (77 %), 40 hold
// 386 (97 %).
#pragma once

#include <vector>

namespace spillway::backtest {

struct WaitingSlo {
  double quantile{0.95};     ///< of the requests
  double wait_seconds{0.2};  ///< in the queue, without service
};

/// The highest arrival rate that `replicas` hold within `slo`; 0 for none.
double held_rate(int replicas, double mu_rps, const WaitingSlo& slo);

/// `held_rate` of 0, 1, 2, ... replicas, until one holds `rate_rps`: increasing.
std::vector<double> held_rates_up_to(double rate_rps, double mu_rps, const WaitingSlo& slo);

}  // namespace spillway::backtest
