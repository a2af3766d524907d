#include "controller/backtest/erlang.hpp"

#include <cmath>

#include "controller/core/error.hpp"

namespace spillway::backtest {

double late_probability(int replicas, double rate_rps, double mu_rps, double wait_seconds) {
  SPILLWAY_ASSERT(replicas >= 1 && mu_rps > 0.0);
  if (rate_rps <= 0.0) return 0.0;
  const double capacity_rps{replicas * mu_rps};
  if (rate_rps >= capacity_rps) return 1.0;
  const double offered{rate_rps / mu_rps};
  double blocked{1.0};
  for (int k{1}; k <= replicas; ++k) blocked = offered * blocked / (k + offered * blocked);
  const double waits{blocked / (1.0 - offered / replicas * (1.0 - blocked))};
  return waits * std::exp(-(capacity_rps - rate_rps) * wait_seconds);
}

double held_rate(int replicas, double mu_rps, const WaitingSlo& slo) {
  if (replicas <= 0) return 0.0;
  double low{0.0};
  double high{replicas * mu_rps};
  // 50 halvings: far below any rate that a trace can tell apart.
  for (int i{0}; i < 50; ++i) {
    const double middle{0.5 * (low + high)};
    const bool holds{late_probability(replicas, middle, mu_rps, slo.wait_seconds) <=
                     1.0 - slo.quantile};
    (holds ? low : high) = middle;
  }
  return low;
}

std::vector<double> held_rates_up_to(double rate_rps, double mu_rps, const WaitingSlo& slo) {
  std::vector<double> rates{0.0};
  while (rates.back() < rate_rps) {
    rates.push_back(held_rate(static_cast<int>(rates.size()), mu_rps, slo));
  }
  return rates;
}

}  // namespace spillway::backtest
