#include "controller/io/clock.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::clock_test {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using spillway::testing::ManualClock;
using spillway::testing::monday_noon;

namespace {

using Nanos = std::chrono::sys_time<std::chrono::nanoseconds>;

asio::awaitable<void> note_at(io::Clock& clock, TimePoint at, int name, std::vector<int>& noted) {
  const auto slept = co_await clock.sleep_until(at);
  if (slept) noted.push_back(name);
}

asio::awaitable<void> tick(io::Clock& clock, Duration period, int count, int& ticks) {
  for (int i{0}; i < count; ++i) {
    const auto slept = co_await clock.sleep_until(clock.now() + period);
    if (!slept) co_return;
    ++ticks;
  }
}

}  // namespace

TEST_CASE("civil time follows the machine's clock forward, also in jumps") {
  const Nanos last{100s};
  CHECK(io::never_backwards(last, Nanos{101s}, 1s) == Nanos{101s});
  CHECK(io::never_backwards(last, Nanos{4000s}, 1s) == Nanos{4000s});
}

TEST_CASE("civil time runs at half speed while the machine's clock is behind") {
  const Nanos last{1000s};
  CHECK(io::never_backwards(last, Nanos{400s}, 10s) == Nanos{1005s});
  CHECK(io::never_backwards(last, Nanos{400s}, 0s) == last);
  CHECK(io::never_backwards(last, Nanos{400s}, -5s) == last);
}

TEST_CASE("a clock set back by ten minutes agrees again after twenty") {
  Nanos ours{1000s}, machine{400s};
  int elapsed{0};
  for (; ours > machine; ++elapsed) {
    machine += 1s;
    ours = io::never_backwards(ours, machine, 1s);
  }
  CHECK(elapsed == doctest::Approx(1200).epsilon(0.001));  // in steps of one second
}

TEST_CASE("the real clock sleeps until the instant has come and never goes back") {
  asio::io_context context{};
  io::RealClock clock{context};
  const TimePoint at{clock.now() + 20ms};
  TimePoint woken{};
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        const auto slept = co_await clock.sleep_until(at);
        CHECK(slept);
        woken = clock.now();
      },
      asio::detached);
  context.run();
  CHECK(woken >= at);
  CHECK(clock.now() >= woken);
}

TEST_CASE("a clock that was an hour ahead was waited for, for two hours, and nothing said so") {
  asio::io_context context{};
  Nanos machine{1000h};
  io::RealClock clock{context, [&machine] { return machine; }};
  machine += 1h;
  const TimePoint ahead{clock.now()};
  machine -= 1h;
  CHECK(clock.now() >= ahead);
  std::optional<Result<Duration>> set_back{};
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> { set_back.emplace(co_await clock.until_set_back()); },
      asio::detached);
  context.poll();
  REQUIRE(set_back.has_value());
  REQUIRE(*set_back);
  CHECK(**set_back >= 1h);
  CHECK(**set_back < 1h + 1min);
  CHECK(io::RealClock{context, [&machine] { return machine; }}.ahead() == 0s);
}

TEST_CASE("a clock that was a second ahead is waited for") {
  asio::io_context context{};
  Nanos machine{1000h};
  io::RealClock clock{context, [&machine] { return machine; }};
  machine -= 1s;
  CHECK(clock.now() >= TimePoint{1000h});
  CHECK(clock.ahead() >= 1s);
  bool is_told{false};
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> { is_told = (co_await clock.until_set_back()).has_value(); },
      asio::detached);
  context.poll();
  CHECK_FALSE(is_told);
}

TEST_CASE("sleepers wake by time and then in the order in which they fell asleep") {
  asio::io_context context{};
  ManualClock clock{context};
  std::vector<int> noted{};
  const TimePoint start{clock.now()};
  asio::co_spawn(context, note_at(clock, start + 2s, 1, noted), asio::detached);
  asio::co_spawn(context, note_at(clock, start + 1s, 2, noted), asio::detached);
  asio::co_spawn(context, note_at(clock, start + 2s, 3, noted), asio::detached);
  asio::co_spawn(context, note_at(clock, start + 1s, 4, noted), asio::detached);
  asio::co_spawn(context, note_at(clock, start + 9s, 5, noted), asio::detached);
  clock.advance_to(start + 2s);
  CHECK(noted == std::vector<int>{2, 4, 1, 3});
  CHECK(clock.now() == start + 2s);
  CHECK(clock.sleeper_count() == 1);
}

TEST_CASE("time does not move while nobody asks for it") {
  asio::io_context context{};
  ManualClock clock{context};
  CHECK(clock.now() == monday_noon);
  clock.advance_by(0s);
  CHECK(clock.now() == monday_noon);
  CHECK_FALSE(clock.advance_until([] { return false; }, monday_noon + 1h));
}

TEST_CASE("a virtual day wakes its sleeper 14400 times, without waiting") {
  asio::io_context context{};
  ManualClock clock{context};
  int ticks{0};
  asio::co_spawn(context, tick(clock, 6s, 14400, ticks), asio::detached);
  clock.advance_by(24h);
  CHECK(ticks == 14400);
}

}  // namespace spillway::clock_test
