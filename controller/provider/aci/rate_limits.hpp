// How many requests Azure will take now, as counted here: the creates and deletes that ACI allows
// per five minutes and per hour (no answer of the service tells them), and the pause that a 429
// asks for. Pure: time is passed in, and so is chance.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway::aci {

/// ACI's defaults, per region and subscription; Azure support raises them.
struct WindowLimits {
  int per_5_minutes{100};
  int per_hour{300};

  bool operator==(const WindowLimits&) const = default;
};

/// Two sliding windows over the same requests. Exact, as the times of at most `per_hour` requests
/// are remembered. Example: 100 creates at 12:00:00 leave none until 12:05:00, then 100 again, and
/// after 300 none until 13:00:00.
class TokenWindow {
 public:
  explicit TokenWindow(WindowLimits limits) : limits_{limits} {}

  /// Requests allowed at `now`; never negative.
  int left(TimePoint now) const;

  /// How long until `left` is at least 1; zero if it is so at `now`.
  Duration wait(TimePoint now) const;

  /// Counts one request, also beyond the limit: the service decides, we only count.
  void take(TimePoint now);

 private:
  WindowLimits limits_;
  std::deque<TimePoint> taken_{};  // oldest first
};

/// The pause after "too many requests". One per kind of request, as Azure counts them apart.
///
/// pause = max(Retry-After, own) with own = min(60 s, 2 s * 2^(n-1)) * (1 + jitter), n the 429s in
/// a row and jitter uniform in [0, 0.25). A call before Retry-After is over is refused again with a
/// later one, so the pause only ever grows beyond it. Example: Retry-After 17 s after the first 429
/// gives 17 s; none after the third gives 8 to 10 s.
class ThrottleGate {
 public:
  /// How long to wait from `now`; zero if requests may go.
  Duration wait(TimePoint now) const;

  /// A 429 came at `now`; `unit` is chance in [0, 1).
  void on_throttled(TimePoint now, std::optional<Duration> retry_after, double unit);

  /// Any other answer came: the next 429 is a first one again.
  void on_answered() { in_a_row_ = 0; }

 private:
  TimePoint closed_until_{};
  int in_a_row_{0};
};

}  // namespace spillway::aci
