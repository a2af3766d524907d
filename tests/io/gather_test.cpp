#include "controller/io/gather.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::io::gather_test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::ManualClock;

struct Gauge {
  int running{0};
  int most{0};
};

asio::awaitable<int> slow(Clock& clock, Gauge& gauge, int number, Duration time) {
  gauge.most = std::max(gauge.most, ++gauge.running);
  const auto slept = co_await clock.sleep_until(clock.now() + time);
  --gauge.running;
  co_return slept ? number : -1;
}

asio::awaitable<int> failing(Clock& clock) {
  const auto slept = co_await clock.sleep_until(clock.now() + 1s);
  if (slept) throw std::runtime_error{"broken"};
  co_return 0;
}

std::vector<asio::awaitable<int>> ten(Clock& clock, Gauge& gauge) {
  std::vector<asio::awaitable<int>> operations{};
  for (int i{0}; i < 10; ++i) operations.push_back(slow(clock, gauge, i, (10 - i) * 1s));
  return operations;
}

TEST_CASE("answers come in the order of the questions, whoever is first") {
  asio::io_context context{};
  ManualClock clock{context};
  Gauge gauge{};
  const auto answers{clock.run(gather(ten(clock, gauge), 100))};
  CHECK(answers == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(gauge.most == 10);
  CHECK(clock.now() == testing::monday_noon + 10s);
}

TEST_CASE("never more at once than allowed") {
  asio::io_context context{};
  ManualClock clock{context};
  Gauge gauge{};
  const auto answers{clock.run(gather(ten(clock, gauge), 3))};
  CHECK(answers.size() == 10);
  CHECK(gauge.most == 3);
}

TEST_CASE("nothing to do is done at once") {
  asio::io_context context{};
  ManualClock clock{context};
  CHECK(clock.run(gather(std::vector<asio::awaitable<int>>{}, 8)).empty());
}

TEST_CASE("an exception comes out after the others have ended") {
  asio::io_context context{};
  ManualClock clock{context};
  Gauge gauge{};
  auto operations{ten(clock, gauge)};
  operations.push_back(failing(clock));
  CHECK_THROWS_AS(clock.run(gather(std::move(operations), 100)), std::runtime_error);
  CHECK(gauge.running == 0);
}

}  // namespace
}  // namespace spillway::io::gather_test
