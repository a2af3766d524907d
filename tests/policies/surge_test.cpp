#include "policies/latency/surge.hpp"

#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::surge_test {
namespace {

using namespace std::chrono_literals;
using testing::Alone;
using testing::monday;
using testing::read;
using testing::scene;

const Surge by_load{{.replica_capacity_rps = 10.0}};

struct Course {
  explicit Course(const Policy& policy, Duration each = 1s) : alone{policy}, step{each} {}

  /// `load` for `time`; gives the last answer.
  Recommendation run(double load, Duration time) {
    Recommendation last{};
    for (const TimePoint end{now.taken_at + time}; now.taken_at < end;) {
      now.taken_at += step;
      read(now, "load", load);
      last = alone.tick(now);
    }
    return last;
  }

  Alone alone;
  Duration step;
  Snapshot now{scene(4)};
};

TEST_CASE("a demand of 4 that becomes 12 is a surge after a few seconds, and gets 18 replicas") {
  Course course{by_load};
  const Recommendation calm{course.run(40.0, 60s)};
  CHECK(calm.floor == 6_replicas);
  CHECK(calm.because == Because::load_over_target);
  const Recommendation early{course.run(120.0, 12s)};
  CHECK(early.because == Because::surge);
  CHECK(early.floor == 18_replicas);
  CHECK(early.words == "demand of 12.0 busy replicas, 5.6 over 1m: a surge, 18 replicas");
}

TEST_CASE("a surge only grows, and ends when a whole long window had no steep rise") {
  Course course{by_load};
  course.run(40.0, 60s);
  CHECK(course.run(200.0, 12s).floor == 29_replicas);
  CHECK(course.run(60.0, 20s).floor == 29_replicas);  // fallen back: kept
  CHECK(course.run(60.0, 20s).floor == 29_replicas);
  const Recommendation after{course.run(60.0, 40s)};
  CHECK(after.because != Because::surge);
  CHECK(after.floor == 9_replicas);
}

TEST_CASE("a slow rise is no surge, and a rise of next to nothing neither") {
  Course slow{by_load};
  for (int i{0}; i < 60; ++i) {
    CHECK(slow.run(40.0 + i, 5s).because != Because::surge);
  }
  Course tiny{by_load};
  tiny.run(0.1, 60s);
  CHECK(tiny.run(5.0, 10s).because != Because::surge);
}

TEST_CASE("with an interval longer than the short window the newest sample is the short mean") {
  Course course{by_load, 15s};
  course.run(40.0, 60s);
  CHECK(course.run(200.0, 15s).because == Because::surge);
}

TEST_CASE("the memory stays within its bound at any interval") {
  for (const Duration step : {Duration{250ms}, Duration{1s}, Duration{15s}, Duration{5min}}) {
    Course course{by_load, step};
    course.run(40.0, 20 * step + 5min);
    CHECK(course.alone.past().memory("surge").size() <= 2 + 3 * (Surge::slices + 1));
  }
}

TEST_CASE("a missing reading asks to hold and adds nothing") {
  Course course{by_load};
  course.run(40.0, 60s);
  const Memory before{course.alone.past().memory("surge")};
  course.now.readings.set("load", Reading::missing("down"));
  const Recommendation asked{course.alone.tick(course.now)};
  CHECK(asked.is_hold);
  CHECK(asked.memory == before);
}

TEST_CASE("without a capacity it reads the utilization of what serves") {
  const Surge policy{{}};
  CHECK(policy.signals() == std::vector<std::string>{"utilization"});
  Snapshot now{scene(10)};
  read(now, "utilization", 0.35);
  CHECK(policy.recommend(now, {}).floor == 5_replicas);
  now.fleet.burst.reset();
  CHECK(policy.recommend(now, {}).because == Because::fleet_unknown);
}

}  // namespace
}  // namespace spillway::surge_test
