// Virtual time for tests: a clock that stands still until the test moves it. Sleepers wake in the
// order (time, order of falling asleep), each runs until nothing is ready before the next one
// wakes. It does not know about real sockets: see `run_still` for tests that use those.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"

namespace spillway::testing {

/// 2026-11-23T12:00:00Z, a Monday: when virtual time begins unless a test says otherwise.
inline constexpr TimePoint monday_noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} +
                                       std::chrono::hours{12}};

class ManualClock final : public io::Clock {
 public:
  explicit ManualClock(boost::asio::io_context& context, TimePoint start = monday_noon);
  ~ManualClock() override;

  TimePoint now() const override { return now_; }
  boost::asio::awaitable<Result<void>> sleep_until(TimePoint at) override;

  /// Runs what is ready, waking every sleeper that is due on the way; afterwards `now() == at`.
  void advance_to(TimePoint at);
  void advance_by(Duration duration) { advance_to(now_ + duration); }

  /// Moves from sleeper to sleeper until `is_done()` holds, checked after each; true if it did.
  /// False once `limit` is reached, or earlier if nobody sleeps any more.
  bool advance_until(const std::function<bool()>& is_done, TimePoint limit);

  /// Runs `operation` to its end, moving time whenever nothing is ready. Aborts the test if it
  /// waits for something that never comes.
  template <class T>
  T run(boost::asio::awaitable<T> operation) {
    return spawn_and(std::move(operation), [this](const std::function<bool()>& is_done) {
      SPILLWAY_ASSERT(advance_until(is_done, TimePoint::max()));
    });
  }

  /// Runs `operation` to its end while virtual time stands still: for real loopback sockets.
  template <class T>
  T run_still(boost::asio::awaitable<T> operation) {
    return spawn_and(std::move(operation),
                     [this](const std::function<bool()>& is_done) { run_io_until(is_done); });
  }

  /// Handles real input and output, waiting for it, until `is_done()` holds. Time stands still.
  void run_io_until(const std::function<bool()>& is_done);

  std::size_t sleeper_count() const { return sleepers_.size(); }

 private:
  struct Sleeper;
  using Sleepers = std::multimap<TimePoint, Sleeper*>;  // equal keys keep their order of insertion

  void run_ready();
  bool wake_next(TimePoint limit);

  template <class T, class Drive>
  T spawn_and(boost::asio::awaitable<T> operation, const Drive& drive) {
    using Answer = std::conditional_t<std::is_void_v<T>, bool, T>;
    std::exception_ptr thrown{};
    std::optional<Answer> answer{};
    bool is_done{false};
    if constexpr (std::is_void_v<T>) {
      boost::asio::co_spawn(context_, std::move(operation), [&](std::exception_ptr failure) {
        thrown = failure;
        is_done = true;
      });
    } else {
      boost::asio::co_spawn(context_, std::move(operation),
                            [&](std::exception_ptr failure, T value) {
                              thrown = failure;
                              answer.emplace(std::move(value));
                              is_done = true;
                            });
    }
    drive([&] { return is_done; });
    if (thrown) std::rethrow_exception(thrown);
    if constexpr (!std::is_void_v<T>) return std::move(*answer);
  }

  boost::asio::io_context& context_;
  TimePoint now_;
  Sleepers sleepers_{};
};

}  // namespace spillway::testing
