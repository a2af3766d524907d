#include "tests/support/manual_clock.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace spillway::testing {

namespace asio = boost::asio;

/// One coroutine asleep. Its timer never expires by itself; waking is cancelling it.
struct ManualClock::Sleeper {
  Sleeper(ManualClock& owner, TimePoint at)
      : clock{owner},
        timer{owner.context_, asio::steady_timer::time_point::max()},
        place{owner.sleepers_.emplace(at, this)} {}
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    if (!is_woken) clock.sleepers_.erase(place);
  }

  ManualClock& clock;
  asio::steady_timer timer;
  Sleepers::iterator place;
  bool is_woken{false};
};

ManualClock::ManualClock(asio::io_context& context, TimePoint start)
    : context_{context}, now_{start} {}

ManualClock::~ManualClock() {
  // Coroutines that still sleep are destroyed with the io_context, after us.
  for (const auto& [at, sleeper] : sleepers_) sleeper->is_woken = true;
}

asio::awaitable<Result<void>> ManualClock::sleep_until(TimePoint at) {
  if (at <= now_) co_return Result<void>{};
  Sleeper sleeper{*this, at};
  boost::system::error_code ended{};
  co_await sleeper.timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  if (!sleeper.is_woken) co_return Error{Errc::cancelled, "sleeping"};
  co_return Result<void>{};
}

void ManualClock::advance_to(TimePoint at) {
  SPILLWAY_ASSERT(at >= now_);
  run_ready();
  while (wake_next(at)) run_ready();
  now_ = at;
}

bool ManualClock::advance_until(const std::function<bool()>& is_done, TimePoint limit) {
  run_ready();
  while (!is_done() && wake_next(limit)) run_ready();
  return is_done();
}

void ManualClock::run_io_until(const std::function<bool()>& is_done) {
  while (!is_done()) {
    context_.restart();
    SPILLWAY_ASSERT(context_.run_one() > 0);
  }
}

void ManualClock::run_ready() {
  context_.restart();
  while (context_.poll() > 0) context_.restart();
}

bool ManualClock::wake_next(TimePoint limit) {
  if (sleepers_.empty() || sleepers_.begin()->first > limit) return false;
  const auto next = sleepers_.begin();
  now_ = std::max(now_, next->first);
  Sleeper& sleeper{*next->second};
  sleeper.is_woken = true;
  sleepers_.erase(next);
  sleeper.timer.cancel();
  return true;
}

}  // namespace spillway::testing
