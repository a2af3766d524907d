// Deadlines: points in time, set once by the tick and passed down; retries live inside them.
// `with_deadline` is the only place where an operation races against the clock.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <compare>
#include <optional>
#include <string>
#include <utility>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/clock.hpp"

namespace spillway::io {

/// The instant after which an answer is of no use. A type of its own, so that it is never mixed up
/// with a duration or a sample time.
struct Deadline {
  TimePoint at{};

  auto operator<=>(const Deadline&) const = default;
};

inline Deadline deadline_after(const Clock& clock, Duration allowed) {
  return {clock.now() + allowed};
}

inline Deadline earlier(Deadline a, Deadline b) {
  return a < b ? a : b;
}

namespace detail {

enum class Ended { finished, timed_out, cancelled };

/// Runs `operation` until it ends or `deadline` passes, in which case it is cancelled and awaited.
/// An exception from `operation` comes out after that, never under the `||`; the one by which Asio
/// unwinds a cancelled coroutine is swallowed.
boost::asio::awaitable<Ended> run_until(boost::asio::awaitable<void> operation, Clock& clock,
                                        Deadline deadline);

template <class T>
boost::asio::awaitable<void> store(boost::asio::awaitable<Result<T>> operation,
                                   std::optional<Result<T>>& answer) {
  answer.emplace(co_await std::move(operation));
}

}  // namespace detail

/// The answer of `operation`, or `timeout` once `deadline` has passed (at once, without starting
/// the operation, if it has passed already). The operation is cancelled then and has ended when
/// this returns: it may hold references. `what` says in the error what was waited for. Errors:
/// those of the operation, `timeout`, and `cancelled` when the caller itself was cancelled.
template <class T>
boost::asio::awaitable<Result<T>> with_deadline(boost::asio::awaitable<Result<T>> operation,
                                                Clock& clock, Deadline deadline, std::string what) {
  std::optional<Result<T>> answer{};
  auto stored = detail::store<T>(std::move(operation), answer);
  const detail::Ended ended{co_await detail::run_until(std::move(stored), clock, deadline)};
  const bool was_cut_short{!answer || (!*answer && answer->error().code == Errc::cancelled)};
  if (!was_cut_short) co_return std::move(*answer);
  if (ended == detail::Ended::timed_out) co_return Error{Errc::timeout, what + ": timed out"};
  co_return Error{Errc::cancelled, what + ": cancelled"};
}

}  // namespace spillway::io
