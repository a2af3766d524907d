#include "controller/loop/removal_pause.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::removal_pause_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{1'795'435'200'000ms};

Duration pause_after(const RemovalPause& pause, TimePoint from) {
  TimePoint now{from};
  while (pause.holds(now)) now += 1s;
  return now - from;
}

TEST_CASE("the pause doubles from a minute to a quarter of an hour while the answer is the same") {
  RemovalPause pause{};
  CHECK(!pause.holds(noon));
  TimePoint now{noon};
  for (const Duration expected : {1min, 2min, 4min, 8min, 15min, 15min}) {
    // Ids and instants differ from answer to answer.
    pause.on_denied({Errc::denied, "web-1: 403 AuthorizationFailed, trace " + to_string(now)}, now);
    CHECK(pause_after(pause, now) == expected);
    now += expected;
  }
  pause.on_denied({Errc::denied, "web-1: 409 ScopeLocked"}, now);
  CHECK(pause_after(pause, now) == 1min);
  pause.reset();
  CHECK(!pause.holds(now));
}

TEST_CASE("a removal that comes too early is tried again later and later, or once it is seen") {
  RemovalPause pause{};
  TimePoint now{noon};
  for (const Duration expected : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    pause.on_too_early(now);
    CHECK(pause.is_too_early(now + expected - 1ms));
    now += expected;
    CHECK(!pause.is_too_early(now));
    CHECK(!pause.holds(now));  // it is asked for all the time
  }
  pause.on_too_early(now);
  pause.settled();
  CHECK(!pause.is_too_early(now));
  pause.on_too_early(now);
  CHECK(!pause.is_too_early(now + 2s));
}

}  // namespace
}  // namespace spillway::removal_pause_test
