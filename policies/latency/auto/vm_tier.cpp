#include "policies/latency/auto/vm_tier.hpp"

#include <algorithm>

namespace spillway::autopilot {
namespace {

constexpr double least_start_rent{1e-6};  // dollars

}  // namespace

int VmTier::decide(const VmDemand& demand, double elapsed_s, int running,
                   const VmEconomics& economics) {
  if (economics.replicas <= 0) return running;
  is_rounded_ = false;
  // A machine that costs nothing to start is worth it at once, and never goes while it saves.
  const double rents{elapsed_s / 3'600.0 / std::max(economics.start_rent, least_start_rent)};
  for (std::size_t b{0}; b < blocks; ++b) {
    const double index{static_cast<double>(b)};
    const bool has_machine{b < static_cast<std::size_t>(std::max(0, running))};
    if (has_machine != (index < running_)) accounts_[b] = 0.0;  // it has changed over
    const double below{index * economics.replicas};
    if (!has_machine && demand.wanted <= below && accounts_[b] == 0.0)
      continue;  // nothing to save there
    const double used{std::clamp((demand.wanted - below) / economics.replicas, 0.0, 1.0)};
    const double saved{(used * economics.burst_price - economics.vm_price) * rents};
    accounts_[b] = std::clamp(accounts_[b] + (has_machine ? -saved : saved), 0.0, 2.0);
  }
  running_ = running;
  // Upwards in order, and downwards from the last: what is below is used at least as much.
  const auto is_due{[this](int machine) {
    return accounts_[std::min(static_cast<std::size_t>(machine), blocks - 1)] >= 1.0;
  }};
  int machines{running};
  // What no burst replica can do for is due at once.
  const int beyond{running + demand.refused / economics.replicas};
  while (machines < static_cast<int>(blocks) && (machines < beyond || is_due(machines))) ++machines;
  if (machines > running) return machines;
  while (machines > 0 && is_due(machines - 1)) --machines;
  return machines;
}

}  // namespace spillway::autopilot
