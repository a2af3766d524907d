#include "controller/io/deadline.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "controller/io/retry.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::deadline_test {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using spillway::testing::ManualClock;

namespace {

asio::awaitable<Result<int>> answer_after(io::Clock& clock, Duration pause, int value) {
  const auto slept = co_await clock.sleep_until(clock.now() + pause);
  if (!slept) co_return slept.error();
  co_return value;
}

asio::awaitable<Result<int>> throw_after(io::Clock& clock, Duration pause) {
  const auto slept = co_await clock.sleep_until(clock.now() + pause);
  if (slept) throw std::runtime_error{"broken"};
  co_return slept.error();
}

/// Ignores being cancelled and begins the next sleep, as a careless loop would.
asio::awaitable<Result<int>> careless_loop(io::Clock& clock, int& rounds) {
  for (;; ++rounds) {
    const auto slept = co_await clock.sleep_until(clock.now() + 10s);
    static_cast<void>(slept);
  }
}

struct World {
  asio::io_context context{};
  ManualClock clock{context};

  template <class T>
  Result<T> within(Duration allowed, asio::awaitable<Result<T>> operation) {
    return clock.run(io::with_deadline(std::move(operation), clock,
                                       io::deadline_after(clock, allowed), "asking"));
  }
};

}  // namespace

TEST_CASE("an operation that ends in time gives its answer at once") {
  World world{};
  const TimePoint start{world.clock.now()};
  CHECK(*world.within(10s, answer_after(world.clock, 3s, 7)) == 7);
  CHECK(world.clock.now() == start + 3s);
  CHECK(world.clock.sleeper_count() == 0);
}

TEST_CASE("an operation that takes too long is cancelled at the deadline") {
  World world{};
  const TimePoint start{world.clock.now()};
  const auto answer = world.within(10s, answer_after(world.clock, 11s, 7));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
  CHECK(answer.error().context == "asking: timed out");
  CHECK(world.clock.now() == start + 10s);
  CHECK(world.clock.sleeper_count() == 0);
}

TEST_CASE("a deadline in the past refuses without starting the operation") {
  World world{};
  int rounds{0};
  const auto answer = world.within(0s, careless_loop(world.clock, rounds));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
  CHECK(rounds == 0);
}

TEST_CASE("a loop that ignores its cancellation is ended all the same") {
  World world{};
  int rounds{0};
  const auto answer = world.within(35s, careless_loop(world.clock, rounds));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
  CHECK(rounds <= 4);
}

TEST_CASE("an exception surfaces when it is thrown, not when the deadline passes") {
  World world{};
  const TimePoint start{world.clock.now()};
  CHECK_THROWS_AS(world.within(10s, throw_after(world.clock, 1s)), std::runtime_error);
  CHECK(world.clock.now() < start + 10s);
}

TEST_CASE("the inner of two deadlines counts when it is the earlier one") {
  World world{};
  auto inner = io::with_deadline(answer_after(world.clock, 60s, 1), world.clock,
                                 io::deadline_after(world.clock, 5s), "inner");
  const auto answer = world.within(10s, std::move(inner));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().context == "inner: timed out");
}

TEST_CASE("the outer of two deadlines counts when it is the earlier one") {
  World world{};
  auto inner = io::with_deadline(answer_after(world.clock, 60s, 1), world.clock,
                                 io::deadline_after(world.clock, 50s), "inner");
  const auto answer = world.within(10s, std::move(inner));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
  CHECK(answer.error().context == "asking: timed out");
}

}  // namespace spillway::deadline_test
