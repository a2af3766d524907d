// Which of several equal servers to ask first: those that have not failed lately in the order of
// the settings, then the others, the one that failed first in front. Pure: time is passed in.
#pragma once

#include <cstddef>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway::io {

class PeerOrder {
 public:
  /// A server that failed is asked last for `asked_last_for`.
  explicit PeerOrder(std::size_t count, Duration asked_last_for = std::chrono::minutes{1})
      : asked_last_for_{asked_last_for}, failed_at_(count, TimePoint::min()) {}

  /// Indices of all servers.
  std::vector<std::size_t> order(TimePoint now) const;

  void note_failure(std::size_t index, TimePoint now) { failed_at_.at(index) = now; }
  void note_success(std::size_t index) { failed_at_.at(index) = TimePoint::min(); }

 private:
  Duration asked_last_for_;
  std::vector<TimePoint> failed_at_;
};

}  // namespace spillway::io
