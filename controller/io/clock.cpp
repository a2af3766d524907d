#include "controller/io/clock.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace spillway::io {

namespace asio = boost::asio;

RealClock::RealClock(asio::io_context& context, std::function<SystemTime()> system)
    : context_{context},
      system_{std::move(system)},
      last_{system_()},
      last_steady_{std::chrono::steady_clock::now()} {}

TimePoint RealClock::now() const {
  const auto steady = std::chrono::steady_clock::now();
  last_ = never_backwards(last_, system_(), steady - last_steady_);
  last_steady_ = steady;
  return std::chrono::floor<Duration>(last_);
}

asio::awaitable<Result<void>> RealClock::sleep_until(TimePoint at) {
  // The timer counts steady time: an upper limit on each wait notices a clock that was set forward.
  constexpr Duration longest_wait{std::chrono::seconds{30}};
  asio::steady_timer timer{context_};
  for (TimePoint current{now()}; current < at; current = now()) {
    timer.expires_after(std::min(at - current, longest_wait));
    boost::system::error_code failure{};
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, failure));
    if (failure) co_return Error{Errc::cancelled, "sleeping"};
  }
  co_return Result<void>{};
}

Duration RealClock::ahead() const {
  const TimePoint ours{now()};
  return std::max(ours - std::chrono::floor<Duration>(system_()), Duration::zero());
}

asio::awaitable<Result<Duration>> RealClock::until_set_back() {
  constexpr std::chrono::seconds look_every{1};
  asio::steady_timer timer{context_};
  for (;;) {
    if (const Duration by{ahead()}; by > ahead_max) co_return by;
    timer.expires_after(look_every);
    boost::system::error_code failure{};
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, failure));
    if (failure) co_return Error{Errc::cancelled, "watching the clock"};
  }
}

std::chrono::sys_time<std::chrono::nanoseconds> never_backwards(
    std::chrono::sys_time<std::chrono::nanoseconds> last,
    std::chrono::sys_time<std::chrono::nanoseconds> system, std::chrono::nanoseconds elapsed) {
  if (system >= last) return system;
  return last + std::max(elapsed, std::chrono::nanoseconds{0}) / 2;
}

}  // namespace spillway::io
