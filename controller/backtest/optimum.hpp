// What somebody who knows the future would pay: the least cost of any schedule of burst replicas
// and extra machines, as an exact dynamic programme over both counts.
//
//   step cost   = (a * burst_price + v * vm_price) * step + price of the requests that are late
//   move cost   = (rise of a) * burst_price * mean start + (rise of v) * vm_price * mean vm start
//   state       = (a, v) for each control interval; starts are free of delay, failures and quotas
//
// A step needs what its mean rate needs; jumps within a step are nobody's fault here. Two variants:
// every step is covered, or the requests of a short step have a price (its backlog is not counted,
// which only lowers the bound). The minimum over all moves is separable, so one step costs one
// sweep up and one down in each dimension; runs of equal need are one step.
#pragma once

#include "controller/backtest/load.hpp"
#include "controller/backtest/world.hpp"

namespace spillway::backtest {

struct Optimum {
  double covering_usd{0.0};  ///< least burst cost with no step short
  double priced_usd{0.0};    ///< least burst cost plus `late_request_usd` for each late request
};

Optimum optimum(const Load& load, const World& world);

}  // namespace spillway::backtest
