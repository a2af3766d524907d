// Emulator time: real time `speed` times faster, or a time that only moves when told (tests).
// It may be moved forward by hand in both cases, never back.
#pragma once

#include <optional>

#include "controller/core/units.hpp"

namespace spillway::emulator {

class Clock {
 public:
  /// Starts at the real time of now. `manual`: stands still but for advance().
  Clock(double speed, bool manual);

  TimePoint now() const;
  TimePoint epoch() const { return epoch_; }
  void advance(Duration by) { ahead_ += by; }

  /// Real time until emulator time reaches `instant`: zero if it has, nothing if it never will by
  /// itself.
  std::optional<Duration> real_time_until(TimePoint instant) const;

 private:
  double speed_;
  bool manual_;
  TimePoint epoch_;
  std::chrono::steady_clock::time_point started_;
  Duration ahead_{};
};

}  // namespace spillway::emulator
