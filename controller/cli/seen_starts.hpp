// How long burst replicas take to start, as a driver of `spillway decide` shows it: it tells how
// many start and how many are ready, not which. Those first asked for count as those first ready
// (FIFO), which gives single starts wrongly and their distribution well.
//
//   line      starting  ready   asked for so far: 6 at 0 s
//   at 0 s           0      0   -> answer 6
//   at 15 s          6      0
//   at 30 s          2      4   four became ready since 15 s: after 16.9, 20.6, 24.4, 28.1 s
//   at 45 s          0      6   two more: after 33.75 and 41.25 s
//
// Spread evenly over the interval in which they became ready, which is right on average: with 13
// recorded loads the policy does as well as one that is told (J30 2.85 both). A driver that never
// says that one starts is followed by what it was asked for and what is ready.
#pragma once

#include <deque>
#include <optional>

#include "controller/core/fleet.hpp"
#include "controller/core/snapshot.hpp"

namespace spillway::cli {

class SeenStarts {
 public:
  /// The burst replicas on a line; nothing if it does not tell. Call in the order of time.
  void see(TimePoint at, const std::optional<BurstCount>& burst);

  /// What was answered to that line: the burst replicas wanted from then on.
  void ask(Replicas wanted) { wanted_ = wanted; }

  /// Median and p95 of the newest starts, see `start_times_of`: the defaults with too few of them.
  StartTimes get() const;

 private:
  void take(TimePoint at, const BurstCount& burst);
  void take_untold(TimePoint at, const BurstCount& burst);
  void note_ready(TimePoint at, int i, int of);

  TimePoint before_at_{};
  std::optional<BurstCount> before_{};  ///< of the line before
  std::optional<Replicas> wanted_{};    ///< answered to it
  bool is_starting_told_{false};        ///< some line said of some that they start
  std::deque<TimePoint> asked_at_{};    ///< of each that starts, the oldest first
  std::deque<Duration> samples_{};      ///< the newest last
};

}  // namespace spillway::cli
