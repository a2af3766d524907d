// Coroutines that run beside the loop: operations on groups that no tick waits for. Ends them
// together, and turns an exception that left one into one call of a handler instead of a crash.
// One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <vector>

namespace spillway::io {

class TaskGroup {
 public:
  /// Called with what left a task: broken code, never weather.
  using OnBroken = std::function<void(std::exception_ptr)>;

  TaskGroup(boost::asio::io_context& context, OnBroken on_broken);
  /// No task may be running: `cancel` and `join` first.
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task` soon, never before the caller has yielded; it runs until it ends or is
  /// cancelled.
  void spawn(boost::asio::awaitable<void> task);

  std::size_t running() const { return signals_.size(); }

  /// Asks every running task to stop: what it awaits fails with `cancelled`.
  void cancel();

  /// Returns once no task is running. New tasks may be spawned meanwhile and are waited for too.
  boost::asio::awaitable<void> join();

  /// Runs `tasks`, at most `at_once` of them at any time, and returns when all have ended, be it by
  /// `cancel`. They may refer to the caller's locals if the caller itself is never cancelled.
  boost::asio::awaitable<void> run_all(std::vector<boost::asio::awaitable<void>> tasks,
                                       std::size_t at_once);

 private:
  boost::asio::io_context& context_;
  OnBroken on_broken_;
  std::list<boost::asio::cancellation_signal> signals_{};
  boost::asio::steady_timer ended_;  // never expires: its cancellation says that a task ended
};

}  // namespace spillway::io
