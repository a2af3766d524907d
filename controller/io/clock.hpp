// The seam for time: everything outside the pure core reads and awaits time through a `Clock`, so
// that tests run the whole controller in virtual time (tests/support/manual_clock.hpp).
// No stopwatch and no wall-clock formatting here. One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway::io {

class Clock {
 public:
  virtual ~Clock() = default;

  /// The current civil (UTC) time. Never less than what an earlier call returned.
  virtual TimePoint now() const = 0;

  /// Waits until `now() >= at`; at once if that is so already. Error: `cancelled`, when the
  /// coroutine that awaits it was cancelled.
  virtual boost::asio::awaitable<Result<void>> sleep_until(TimePoint at) = 0;
};

/// The machine's clock. Civil time, because samples, schedules and bills use it; but where the
/// machine's clock is set back, this one runs at half speed until the two agree again. After an
/// hour's error that takes two, in which nothing here fits to what others say of the time:
/// `until_set_back` is for whoever can begin anew with another clock instead.
class RealClock final : public Clock {
 public:
  using SystemTime = std::chrono::sys_time<std::chrono::nanoseconds>;

  /// `context` runs the sleepers and must outlive the clock. `system` is the machine's clock.
  explicit RealClock(boost::asio::io_context& context,
                     std::function<SystemTime()> system = std::chrono::system_clock::now);

  TimePoint now() const override;
  boost::asio::awaitable<Result<void>> sleep_until(TimePoint at) override;

  /// How far the machine's clock is behind this one.
  Duration ahead() const;
  /// Waits until that is more than `ahead_max`: what it is then. Error: `cancelled`.
  boost::asio::awaitable<Result<Duration>> until_set_back();

 private:
  boost::asio::io_context& context_;
  std::function<SystemTime()> system_;
  mutable SystemTime last_;
  mutable std::chrono::steady_clock::time_point last_steady_;
};

/// What is waited for at half speed: a leap second, or a step of a machine that keeps its time.
inline constexpr Duration ahead_max{std::chrono::seconds{10}};

/// The rule of `RealClock`, as a pure function: `system` if it is not behind `last`, else `last`
/// plus half of what truly `elapsed`. Example: set back by 10 min, the two agree after 20 min.
std::chrono::sys_time<std::chrono::nanoseconds> never_backwards(
    std::chrono::sys_time<std::chrono::nanoseconds> last,
    std::chrono::sys_time<std::chrono::nanoseconds> system, std::chrono::nanoseconds elapsed);

}  // namespace spillway::io
