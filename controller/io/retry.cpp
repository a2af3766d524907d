#include "controller/io/retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spillway::io {

Duration backoff_delay(const BackoffPolicy& policy, int failures, double unit) {
  SPILLWAY_ASSERT(failures >= 1);
  const double grown{seconds(policy.initial) * std::pow(policy.factor, failures - 1)};
  // The power may overflow to infinity; the minimum brings it back.
  const double capped{std::min(seconds(policy.max), grown)};
  return duration_of_seconds(capped * (1.0 - policy.jitter * unit));
}

std::optional<TimePoint> next_attempt_at(const BackoffPolicy& policy, int failures, double unit,
                                         const Error& failure, TimePoint now, Deadline deadline) {
  if (!is_retryable(failure.code)) return std::nullopt;
  const Duration own{backoff_delay(policy, failures, unit)};
  const TimePoint at{now + std::max(own, failure.retry_after.value_or(Duration{0}))};
  if (at >= deadline.at) return std::nullopt;
  return at;
}

Error after_attempts(Error failure, int attempts) {
  if (attempts > 1) failure.context += fmt::format(" (attempt {})", attempts);
  return failure;
}

}  // namespace spillway::io
