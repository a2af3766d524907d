#include "controller/wiring/price_follower.hpp"

#include "controller/io/log.hpp"

namespace asio = boost::asio;

namespace spillway::wiring {

asio::awaitable<void> follow_prices(io::Clock& clock, PriceFollower follower) {
  while (follower.is_wanted()) {
    const auto deadline = io::deadline_after(clock, price_timeout);
    const Result<aci::PriceBook> book = co_await follower.fetch(deadline);
    const TimePoint now{clock.now()};
    if (book) {
      follower.use(*book, now);
    } else {
      io::log_event(io::LogLevel::warning, "PricesNotRead",
                    {{"error", book.error()}, {"again_at", now + price_retry}});
    }
    const Duration pause{book ? price_refresh : price_retry};
    const Result<void> slept = co_await clock.sleep_until(now + pause);
    if (!slept) co_return;
  }
}

}  // namespace spillway::wiring
