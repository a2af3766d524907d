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

}  // namespace
}  // namespace spillway::removal_pause_test
