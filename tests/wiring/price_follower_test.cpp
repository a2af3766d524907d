// When the price list is read, in virtual time.
#include "controller/wiring/price_follower.hpp"

#include <boost/asio/io_context.hpp>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "controller/io/task_group.hpp"
#include "controller/wiring/price_memory.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/printing.hpp"

namespace asio = boost::asio;

namespace spillway::testing::price_follower_test {
namespace {

using namespace std::chrono_literals;

aci::PriceBook book_of(double vcpu_hour, TimePoint as_of) {
  aci::PriceBook book{};
  aci::PriceQuote quote{};
  quote.rates = {vcpu_hour, 0.005};
  quote.as_of = as_of;
  quote.source = "test";
  book.add("eastus", aci::PriceKind::standard, std::move(quote));
  return book;
}

/// A price list that is asked, and what was made of its answers.
struct PriceList {
  asio::awaitable<Result<aci::PriceBook>> answer(io::Deadline deadline) {
    asked.push_back(clock.now() - monday_noon);
    CHECK(deadline.at == clock.now() + wiring::price_timeout);
    const bool is_slow{std::exchange(is_next_slow, false)};
    const auto slept = co_await clock.sleep_until(is_slow ? deadline.at : clock.now());
    if (!slept) co_return slept.error();
    if (is_slow) co_return Error{Errc::timeout, "no answer"};
    if (outage) co_return *outage;
    co_return book_of(price, clock.now());
  }

  void start() {
    wiring::PriceFollower follower{};
    follower.is_wanted = [this] { return is_wanted; };
    follower.fetch = [this](io::Deadline deadline) { return answer(deadline); };
    follower.use = [this](const aci::PriceBook& book, TimePoint at) {
      used.push_back(at - monday_noon);
      last = book;
    };
    tasks.spawn(wiring::follow_prices(clock, std::move(follower)));
  }

  void stop() {
    tasks.cancel();
    clock.run(tasks.join());
  }

  asio::io_context context{};
  ManualClock clock{context};
  io::TaskGroup tasks{
      context, [](std::exception_ptr failure) { std::rethrow_exception(std::move(failure)); }};
  bool is_wanted{true};
  bool is_next_slow{false};
  double price{0.04};
  std::optional<Error> outage{};
  std::vector<Duration> asked{};
  std::vector<Duration> used{};
  aci::PriceBook last{};
};

using Times = std::vector<Duration>;

TEST_CASE("prices are read at the start and then once a day") {
  PriceList list{};
  list.start();
  list.clock.advance_by(1s);
  CHECK(list.used == Times{0s});
  list.price = 0.05;
  list.clock.advance_by(23h + 59min);
  CHECK(list.used == Times{0s});
  list.clock.advance_by(1min);
  CHECK(list.used == Times{0s, 24h});
  CHECK(list.last == book_of(0.05, monday_noon + 24h));
  list.clock.advance_by(7 * 24h);
  CHECK(list.used.size() == 9);
  list.stop();
}

TEST_CASE("a failed read changes nothing and is repeated within the hour, not the next day") {
  PriceList list{};
  list.outage = Error{Errc::unavailable, "no network"};
  list.start();
  list.clock.advance_by(2h + 30min);
  CHECK(list.asked == Times{0s, 1h, 2h});
  CHECK(list.used.empty());
  list.outage.reset();
  list.clock.advance_by(1h);
  CHECK(list.used == Times{3h});
  list.clock.advance_by(24h);
  CHECK(list.used == Times{3h, 27h});
  list.stop();
}

TEST_CASE("a list that does not answer is given up at its deadline") {
  PriceList list{};
  list.is_next_slow = true;
  list.start();
  list.clock.advance_by(3h);
  CHECK(list.asked == Times{0s, 1h + 2min});
  CHECK(list.used == Times{1h + 2min});
  list.stop();
}

TEST_CASE("it ends when there is no list to ask any more, and at once when it is stopped") {
  PriceList list{};
  list.start();
  list.clock.advance_by(1h);
  list.is_wanted = false;
  list.clock.advance_by(48h);
  CHECK(list.asked.size() == 1);
  CHECK(list.clock.sleeper_count() == 0);

  PriceList stopped{};
  stopped.start();
  stopped.clock.advance_by(1h);
  stopped.stop();
  CHECK(stopped.clock.sleeper_count() == 0);
}

TEST_CASE("what was read is kept with what is there, and a damaged memory is no memory") {
  const auto disk{std::make_shared<MemoryDisk>()};
  MemoryStore store{disk};
  REQUIRE(wiring::keep_prices(store, book_of(0.04, monday_noon), monday_noon));
  REQUIRE(wiring::keep_prices(store, book_of(0.05, monday_noon + 24h), monday_noon + 24h));
  // An older list, from a controller whose clock was behind, replaces nothing.
  REQUIRE(wiring::keep_prices(store, book_of(0.01, monday_noon - 24h), monday_noon));
  const auto kept{wiring::kept_prices(store)};
  REQUIRE(kept);
  CHECK(*kept == book_of(0.05, monday_noon + 24h));
  disk->kept.at("prices").text = "garbage\x01,,,";
  const auto damaged{wiring::kept_prices(store)};
  REQUIRE(damaged);
  CHECK(damaged->is_empty());
}

}  // namespace
}  // namespace spillway::testing::price_follower_test
