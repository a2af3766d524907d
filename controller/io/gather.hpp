// Several operations at once, with a limit, on one thread: the reads of a tick. All are awaited:
// nothing runs on when this returns. No deadline of its own: the operations have theirs.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::io {

namespace detail {

/// Runs all of `operations`, at most `at_once` at any time, started in their order. An exception
/// comes out when the rest have ended (they are cancelled).
boost::asio::awaitable<void> run_all(std::vector<boost::asio::awaitable<void>> operations,
                                     std::size_t at_once);

template <class T>
boost::asio::awaitable<void> keep(boost::asio::awaitable<T> operation, std::optional<T>& answer) {
  answer.emplace(co_await std::move(operation));
}

}  // namespace detail

/// The answers in the order of `operations`. Cancelling the caller cancels all of them.
template <class T>
boost::asio::awaitable<std::vector<T>> gather(std::vector<boost::asio::awaitable<T>> operations,
                                              std::size_t at_once) {
  std::vector<std::optional<T>> kept(operations.size());
  std::vector<boost::asio::awaitable<void>> running{};
  running.reserve(operations.size());
  for (std::size_t i{0}; i < operations.size(); ++i) {
    running.push_back(detail::keep<T>(std::move(operations[i]), kept[i]));
  }
  co_await detail::run_all(std::move(running), at_once);
  std::vector<T> answers{};
  answers.reserve(kept.size());
  for (std::optional<T>& answer : kept) {
    SPILLWAY_ASSERT(answer.has_value());
    answers.push_back(std::move(*answer));
  }
  co_return answers;
}

/// The same for operations that answer nothing.
inline boost::asio::awaitable<void> gather(std::vector<boost::asio::awaitable<void>> operations,
                                           std::size_t at_once) {
  return detail::run_all(std::move(operations), at_once);
}

}  // namespace spillway::io
