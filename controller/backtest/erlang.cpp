#include "controller/backtest/erlang.hpp"

#include "policies/erlang.hpp"

namespace spillway::backtest {

double held_rate(int replicas, double mu_rps, const WaitingSlo& slo) {
  if (replicas <= 0) return 0.0;
  double low{0.0};
  double high{replicas * mu_rps};
  // 50 halvings: far below any rate that a trace can tell apart.
  for (int i{0}; i < 50; ++i) {
    const double middle{0.5 * (low + high)};
    const bool holds{share_waiting_longer(replicas, middle, mu_rps, slo.wait_seconds) <=
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
