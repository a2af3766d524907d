#include "controller/io/turnstile.hpp"

#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <string>
#include <utility>

#include "tests/support/printing.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::turnstile_test {

using namespace spillway::testing;

namespace {

using Passage = std::optional<Result<io::Turnstile::Pass>>;

boost::asio::awaitable<void> pass_into(Passage& passage, io::Turnstile& turnstile, io::Clock& clock,
                                       io::Deadline deadline) {
  passage.emplace(co_await turnstile.enter(clock, deadline));
}

void enter(RealTime& time, io::Turnstile& turnstile, Passage& passage, Duration patience) {
  const io::Deadline deadline{io::deadline_after(time.clock, patience)};
  boost::asio::co_spawn(time.context, pass_into(passage, turnstile, time.clock, deadline),
                        [](std::exception_ptr) {});
}

}  // namespace

TEST_CASE("a turnstile lets one in at a time, in the order of arrival") {
  RealTime time{};
  io::Turnstile turnstile{time.context};
  Passage first{};
  Passage second{};
  Passage third{};
  for (Passage* const each : {&first, &second, &third}) {
    enter(time, turnstile, *each, std::chrono::seconds{10});
  }
  time.drive([&] { return first.has_value(); });
  time.context.poll();
  CHECK_FALSE(second.has_value());
  first.reset();
  time.drive([&] { return second.has_value(); });
  CHECK_FALSE(third.has_value());
  second.reset();
  time.drive([&] { return third.has_value(); });
  CHECK(third->has_value());
}

TEST_CASE("who waits too long for a turnstile goes, and does not block those behind") {
  RealTime time{};
  io::Turnstile turnstile{time.context};
  Passage first{};
  Passage impatient{};
  Passage last{};
  enter(time, turnstile, first, std::chrono::seconds{10});
  time.drive([&] { return first.has_value(); });
  enter(time, turnstile, impatient, std::chrono::milliseconds{10});
  enter(time, turnstile, last, std::chrono::seconds{10});
  time.drive([&] { return impatient.has_value(); });
  CHECK(impatient->error().code == Errc::timeout);
  first.reset();
  time.drive([&] { return last.has_value(); });
  CHECK(last->has_value());
}

}  // namespace spillway::turnstile_test
