#include "tests/emulator/clock.hpp"

#include <algorithm>

namespace spillway::emulator {

Clock::Clock(double speed, bool manual)
    : speed_{speed},
      manual_{manual},
      epoch_{std::chrono::floor<Duration>(std::chrono::system_clock::now())},
      started_{std::chrono::steady_clock::now()} {}

TimePoint Clock::now() const {
  if (manual_) return epoch_ + ahead_;
  const std::chrono::duration<double> real{std::chrono::steady_clock::now() - started_};
  return epoch_ + ahead_ + duration_of_seconds(real.count() * speed_);
}

std::optional<Duration> Clock::real_time_until(TimePoint instant) const {
  const Duration left{instant - now()};
  if (left <= Duration::zero()) return Duration::zero();
  if (manual_) return std::nullopt;
  // A millisecond more, so that rounding never wakes us before the event is due. A day bounds
  // what a timer is asked for; waking early only means sleeping again.
  const double real{std::min(seconds(left) / speed_, 86400.0)};
  return duration_of_seconds(real) + Duration{1};
}

}  // namespace spillway::emulator
