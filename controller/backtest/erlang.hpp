// What c replicas hold within the SLO: an M/M/c queue (Erlang C). Arrivals are Poisson, service is
// exponential, and a request may wait at most `wait` with probability `quantile`.
//
//   a = rate / mu                      offered load, in replicas
//   B(0) = 1,  B(k) = a B(k-1) / (k + a B(k-1))                        Erlang B, by recursion
//   C = B(c) / (1 - (a / c) (1 - B(c)))                                share of requests that wait
//   P(wait > t) = C exp(-(c mu - rate) t)
//
// Example: mu 10/s, p95 wait at most 200 ms: 5 replicas hold 38 req/s (77 %), 40 hold 383 (96 %).
// Source: Gross and Harris, Fundamentals of Queueing Theory, section on M/M/c.
#pragma once

#include <vector>

namespace spillway::backtest {

struct WaitingSlo {
  double quantile{0.95};     ///< of the requests
  double wait_seconds{0.2};  ///< in the queue, without service
};

/// The probability that a request waits longer than `wait_seconds`; 1 if the queue has no balance
/// (rate >= c mu) and 0 without arrivals. `replicas` >= 1, `mu_rps` > 0.
double late_probability(int replicas, double rate_rps, double mu_rps, double wait_seconds);

/// The highest arrival rate that `replicas` hold within `slo`; 0 for none.
double held_rate(int replicas, double mu_rps, const WaitingSlo& slo);

/// `held_rate` of 0, 1, 2, ... replicas, until one holds `rate_rps`: increasing.
std::vector<double> held_rates_up_to(double rate_rps, double mu_rps, const WaitingSlo& slo);

}  // namespace spillway::backtest
