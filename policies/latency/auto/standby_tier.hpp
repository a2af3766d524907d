// What a standby pool is worth to `auto`: replicas that run already need not be started for what
// may come, since they serve a few seconds after it has come. So two looks ahead make a count:
//
//   count = max(choice within a standby's start, choice within a cold start - standby replicas)
//
// Members on their way into the pool are as far from serving as a cold start is, and so count in
// the second term like those that are ready; otherwise a count that takes from the pool would make
// the next one take more. The look ahead for the short start has a prediction of its own: errors,
// and the share of jumps, are smaller over 30 s than over 90 s.
//
// Example: 10 replicas hold what may come within 35 s, 16 what may come within 90 s, and 4 are on
// standby: 12 are asked for. Without the pool it would be 16; the 4 cost their rent anyway.
#pragma once

#include <vector>

#include "policies/latency/auto/prediction.hpp"

namespace spillway::autopilot {

/// Kept while there is a pool: without one nothing is learned here, nor stored.
class StandbyTier {
 public:
  /// A pool was seen, or was not, for `elapsed_s`. After an hour without one all is forgotten.
  void see(bool has_pool, double elapsed_s);

  /// Of the look ahead within a standby's start; nullptr without a pool.
  Prediction* prediction() { return predictions_.empty() ? nullptr : &predictions_.front(); }

  template <class Archive>
  void keep(Archive& archive) {
    double is_kept{predictions_.empty() ? 0.0 : 1.0};
    archive.number(is_kept);
    if (is_kept != 1.0) return;
    predictions_.resize(1);
    archive.number(unseen_s_);
    predictions_.front().keep(archive);
  }

 private:
  /// One or none: an optional would take its room in the state of every workload.
  std::vector<Prediction> predictions_{};
  double unseen_s_{0.0};
};

/// The count from both choices, see above.
int count_with_standby(int within_standby_start, int within_cold_start, int standby);

}  // namespace spillway::autopilot
