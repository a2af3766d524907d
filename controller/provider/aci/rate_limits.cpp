#include "controller/provider/aci/rate_limits.hpp"

#include <algorithm>

namespace spillway::aci {

namespace {

constexpr Duration short_window{std::chrono::minutes{5}};
constexpr Duration long_window{std::chrono::hours{1}};
constexpr Duration first_pause{std::chrono::seconds{2}};
constexpr Duration longest_pause{std::chrono::seconds{60}};
constexpr double jitter_share{0.25};

/// Index of the first request that still counts at `now` in a window of this length.
std::size_t first_counted(const std::deque<TimePoint>& taken, TimePoint now, Duration window) {
  const auto first = std::upper_bound(taken.begin(), taken.end(), now - window);
  return static_cast<std::size_t>(first - taken.begin());
}

int left_in(const std::deque<TimePoint>& taken, TimePoint now, Duration window, int limit) {
  const auto used = static_cast<int>(taken.size() - first_counted(taken, now, window));
  return std::max(0, limit - used);
}

Duration wait_for(const std::deque<TimePoint>& taken, TimePoint now, Duration window, int limit) {
  const std::size_t first{first_counted(taken, now, window)};
  const std::size_t used{taken.size() - first};
  const auto allowed = static_cast<std::size_t>(std::max(0, limit));
  if (used < allowed) return Duration::zero();
  if (allowed == 0) return window;
  // As many must leave the window as there are too many, and one more to make room.
  return taken[first + (used - allowed)] + window - now;
}

}  // namespace

int TokenWindow::left(TimePoint now) const {
  return std::min(left_in(taken_, now, short_window, limits_.per_5_minutes),
                  left_in(taken_, now, long_window, limits_.per_hour));
}

Duration TokenWindow::wait(TimePoint now) const {
  return std::max(wait_for(taken_, now, short_window, limits_.per_5_minutes),
                  wait_for(taken_, now, long_window, limits_.per_hour));
}

void TokenWindow::take(TimePoint now) {
  while (!taken_.empty() && taken_.front() <= now - long_window) taken_.pop_front();
  taken_.push_back(now);
}

Duration ThrottleGate::wait(TimePoint now) const {
  return std::max(Duration::zero(), closed_until_ - now);
}

void ThrottleGate::on_throttled(TimePoint now, std::optional<Duration> retry_after, double unit) {
  Duration own{first_pause};
  for (int step{0}; step < in_a_row_ && own < longest_pause; ++step) own *= 2;
  own = std::min(own, longest_pause);
  own += duration_of_seconds(seconds(own) * jitter_share * unit);
  ++in_a_row_;
  const Duration pause{std::max(own, retry_after.value_or(Duration::zero()))};
  closed_until_ = std::max(closed_until_, now + pause);
}

}  // namespace spillway::aci
