// Retries inside a deadline: capped, jittered exponential backoff that also obeys the server's own
// word on when to come back. What may be retried is decided by `is_retryable` alone.
// No circuit breaker here: that is state between calls and belongs to whoever owns the calls.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/random.hpp"

namespace spillway::io {

/// delay(n) = min(max, initial * factor^n) * (1 - jitter * u), u uniform in [0, 1).
/// Example with the defaults: 200 ms, 400 ms, 800 ms, ... 10 s, each shortened by up to a half.
/// Jitter only shortens, so that `max` is a promise.
struct BackoffPolicy {
  Duration initial{200};
  Duration max{std::chrono::seconds{10}};
  double factor{2.0};
  double jitter{0.5};  ///< 0 = none, 1 = anything between 0 and the full delay
};

/// The pause after failure number `failures` (1 = the first). `unit` is in [0, 1).
Duration backoff_delay(const BackoffPolicy& policy, int failures, double unit);

/// When to try again after `failure`, or nothing if trying again is useless or would come after
/// the deadline. The larger of the backoff and the server's `retry_after` counts.
std::optional<TimePoint> next_attempt_at(const BackoffPolicy& policy, int failures, double unit,
                                         const Error& failure, TimePoint now, Deadline deadline);

/// `failure` with the number of attempts in its context, where there was more than one.
Error after_attempts(Error failure, int attempts);

/// Calls `operation` (no arguments, returns `awaitable<Result<T>>`) until it succeeds, fails for
/// good, or the next attempt would come after `deadline`; returns the last answer. The operation
/// itself has to end by the deadline, and has to be idempotent. At the call site name a capturing
/// lambda first; as a temporary beside `co_await` g++ 12 destroys it twice.
template <class Operation>
std::invoke_result_t<Operation&> retry(Clock& clock, Deadline deadline, BackoffPolicy policy,
                                       Random& random, Operation operation) {
  for (int attempts{1};; ++attempts) {
    auto answer = co_await operation();
    if (answer) co_return answer;
    const auto again =
        next_attempt_at(policy, attempts, random.unit(), answer.error(), clock.now(), deadline);
    if (!again) co_return after_attempts(std::move(answer).error(), attempts);
    const Result<void> slept = co_await clock.sleep_until(*again);
    if (!slept) co_return after_attempts(slept.error(), attempts);
  }
}

}  // namespace spillway::io
