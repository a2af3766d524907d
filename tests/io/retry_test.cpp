#include "controller/io/retry.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::retry_test {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using spillway::testing::ManualClock;

namespace {

const io::BackoffPolicy policy{.initial = 1s, .max = 10s, .factor = 2.0, .jitter = 0.5};

/// Always the same, so that delays can be told exactly.
struct FixedRandom final : io::Random {
  std::uint64_t bits() override { return 0; }
};

/// An operation that fails as scripted and then succeeds, and notes when it was called.
struct World {
  asio::io_context context{};
  ManualClock clock{context};
  FixedRandom random{};
  TimePoint start{clock.now()};
  std::deque<Error> weather{};
  std::vector<Duration> called{};

  Result<int> retry(Duration allowed) {
    const auto operation = [this]() -> asio::awaitable<Result<int>> {
      called.push_back(clock.now() - start);
      if (weather.empty()) co_return 42;
      const Error failure{weather.front()};
      weather.pop_front();
      co_return failure;
    };
    return clock.run(
        io::retry(clock, io::deadline_after(clock, allowed), policy, random, operation));
  }
};

}  // namespace

TEST_CASE("delays double up to the cap") {
  const std::vector<Duration> expected{1s, 2s, 4s, 8s, 10s, 10s};
  for (int failures{1}; failures <= 6; ++failures) {
    CHECK(io::backoff_delay(policy, failures, 0.0) ==
          expected[static_cast<std::size_t>(failures - 1)]);
  }
  CHECK(io::backoff_delay(policy, 100'000, 0.0) == 10s);
}

TEST_CASE("jitter only shortens a delay, by at most its share") {
  CHECK(io::backoff_delay(policy, 2, 0.5) == 1500ms);
  CHECK(io::backoff_delay(policy, 2, 0.999999) == 1000ms);
  for (double unit{0.0}; unit < 1.0; unit += 0.01) {
    const Duration delay{io::backoff_delay(policy, 3, unit)};
    CHECK(delay <= 4s);
    CHECK(delay >= 2s);
  }
}

TEST_CASE("the larger of the backoff and the server's own word counts") {
  const TimePoint now{1000s};
  const io::Deadline late{now + 1h};
  const Error plain{Errc::unavailable, ""}, patient{Errc::throttled, "", Duration{30s}},
      hasty{Errc::throttled, "", Duration{0s}};
  CHECK(io::next_attempt_at(policy, 1, 0.0, plain, now, late) == now + 1s);
  CHECK(io::next_attempt_at(policy, 1, 0.0, patient, now, late) == now + 30s);
  CHECK(io::next_attempt_at(policy, 1, 0.0, hasty, now, late) == now + 1s);
}

TEST_CASE("nothing is tried again after the deadline or without hope") {
  const TimePoint now{1000s};
  const Error weather{Errc::timeout, ""}, hopeless{Errc::denied, ""};
  CHECK_FALSE(io::next_attempt_at(policy, 1, 0.0, weather, now, {now + 1s}));
  CHECK(io::next_attempt_at(policy, 1, 0.0, weather, now, {now + 1001ms}));
  CHECK_FALSE(io::next_attempt_at(policy, 1, 0.0, hopeless, now, {now + 1h}));
}

TEST_CASE("an operation is repeated until it succeeds") {
  World world{};
  world.weather = {{Errc::timeout, "a"}, {Errc::unavailable, "b"}, {Errc::throttled, "c"}};
  CHECK(*world.retry(60s) == 42);
  CHECK(world.called == std::vector<Duration>{0s, 1s, 3s, 7s});
}

TEST_CASE("an operation is not repeated past the deadline, and the last error says how often") {
  World world{};
  world.weather.assign(20, {Errc::unavailable, "refused"});
  const auto answer = world.retry(5s);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
  CHECK(answer.error().context == "refused (attempt 3)");
  CHECK(world.called == std::vector<Duration>{0s, 1s, 3s});
}

TEST_CASE("a hopeless error is returned at once, as it is") {
  World world{};
  world.weather = {{Errc::bad_request, "no such size"}};
  const auto answer = world.retry(60s);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().context == "no such size");
  CHECK(world.called.size() == 1);
}

}  // namespace spillway::retry_test
