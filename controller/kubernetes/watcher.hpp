// Keeps one store equal to the objects of one kind on the server: the IO around `WatchState`. Comes
// back after any failure with a growing pause, and tells how fresh the picture is. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/random.hpp"
#include "controller/kubernetes/api_server.hpp"
#include "controller/kubernetes/watch_state.hpp"

namespace spillway::kubernetes {

class Watcher {
 public:
  /// Called after each list and each batch of events.
  using OnChange = std::function<void()>;

  /// `what` names the objects in messages: `pods`. All must outlive the watcher.
  Watcher(std::string what, ApiServer& server, io::Clock& clock, io::Random& random,
          WatchState state, OnChange on_change = {});

  /// Lists once, all pages. Errors: those of the server.
  boost::asio::awaitable<Result<void>> list(io::Deadline deadline);

  /// Lists and watches until cancelled; run at most once.
  boost::asio::awaitable<void> run();

  bool is_running() const { return is_running_; }
  bool is_synced() const { return state_.is_synced(); }

  /// Success if the picture is whole, and the server has answered again within `age` of the first
  /// failure; a connection that dies silently is noticed after `watch_length` and a margin. Errors:
  /// that of the last attempt, or `unavailable` before the first.
  Result<void> check_fresh(TimePoint now, Duration age) const;

  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  boost::asio::awaitable<Result<void>> list_page(io::Deadline deadline);
  boost::asio::awaitable<Result<void>> watch();
  void heard();
  void failed(const Error& error);

  std::string what_;
  ApiServer& server_;
  io::Clock& clock_;
  io::Random& random_;
  WatchState state_;
  OnChange on_change_;
  std::optional<TimePoint> heard_at_{};
  std::optional<Error> trouble_{};
  std::optional<TimePoint> failing_since_{};
  int failures_{0};
  bool is_running_{false};
};

}  // namespace spillway::kubernetes
