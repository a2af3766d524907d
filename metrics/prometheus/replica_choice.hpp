// Which of a source's replicas to ask: the first healthy one is kept; when it fails, the next in
// line takes over; a failed one in front of it gets a trial now and then (half-open) and is taken
// back when that succeeds. Pure: told about outcomes and time, it never asks anybody.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway::prometheus {

class ReplicaChoice {
 public:
  /// `count` replicas in the order of preference, at least one. A failed one is tried again after
  /// `retry_after`.
  ReplicaChoice(std::size_t count, Duration retry_after);

  /// The replicas to ask, in this order until one answers: the one in use, the other healthy ones,
  /// then the failed ones, longest failed first (when all fail, the next round starts elsewhere).
  std::vector<std::size_t> order() const;

  /// A replica preferred over the one in use whose trial is due at `now`.
  std::optional<std::size_t> due_for_trial(TimePoint now) const;

  void succeeded(std::size_t replica);
  void failed(std::size_t replica, TimePoint now);

  std::size_t in_use() const;

 private:
  std::vector<std::optional<TimePoint>> failed_at_;
  Duration retry_after_;
};

}  // namespace spillway::prometheus
