#include "controller/io/task_group.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "tests/support/manual_clock.hpp"

namespace spillway::io::task_group_test {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> sleep_for_ever(Clock& clock) {
  const auto slept = co_await clock.sleep_until(TimePoint::max());
  static_cast<void>(slept);
}

TEST_CASE("a stop before the first step of what a tick waits for was never heard") {
  asio::io_context context{};
  testing::ManualClock clock{context};
  TaskGroup group{context, [](const std::exception_ptr&) { FAIL("broken"); }};
  bool has_ended{false};
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        std::vector<asio::awaitable<void>> tasks{};
        for (int i{0}; i < 3; ++i) tasks.push_back(sleep_for_ever(clock));
        co_await group.run_all(std::move(tasks), 2);
        has_ended = true;
      },
      asio::detached);
  asio::post(context, [&] { group.cancel(); });
  context.poll();
  CHECK(has_ended);
  CHECK(group.running() == 0);
}

}  // namespace
}  // namespace spillway::io::task_group_test
