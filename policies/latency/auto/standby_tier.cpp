#include "policies/latency/auto/standby_tier.hpp"

#include <algorithm>

namespace spillway::autopilot {
namespace {

/// A stock that is unknown for a while is no reason to learn anew.
constexpr double forgotten_after_s{3'600.0};

}  // namespace

void StandbyTier::see(bool has_pool, double elapsed_s) {
  if (has_pool) {
    unseen_s_ = 0.0;
    predictions_.resize(1);
    return;
  }
  unseen_s_ += elapsed_s;
  if (unseen_s_ > forgotten_after_s) predictions_.clear();
}

int count_with_standby(int within_standby_start, int within_cold_start, int standby) {
  return std::max(within_standby_start, within_cold_start - std::max(0, standby));
}

}  // namespace spillway::autopilot
