#include "policies/latency/queue_backlog.hpp"

#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::queue_backlog_test {
namespace {

using namespace std::chrono_literals;
using testing::Alone;
using testing::monday;
using testing::read;
using testing::scene;

const QueueBacklog told{{.replica_capacity_rps = 0.5}};
const QueueBacklog learning{{}};

TEST_CASE("600 waiting within 5 min and 4 arriving per second need 12 workers of 0.5 per second") {
  Snapshot now{scene(4)};
  read(read(now, "queue", 600.0), "load", 4.0);
  const Recommendation asked{told.recommend(now, {})};
  CHECK(asked.floor == 12_replicas);
  CHECK(asked.because == Because::backlog);
  CHECK(asked.words ==
        "600 waiting and 4 arriving per second need 12 workers of 0.5 per second to be done within "
        "5m");
}

TEST_CASE("one waiting job wakes a workload that had gone to zero; an empty queue lets it sleep") {
  Snapshot now{scene(0)};
  read(now, "queue", 1.0);
  CHECK(told.recommend(now, {}).floor == 1_replicas);
  CHECK(learning.recommend(now, {}).floor == 1_replicas);
  read(now, "queue", 0.0);
  CHECK(told.recommend(now, {}).floor == 0_replicas);
  CHECK(learning.recommend(now, {}).floor == 0_replicas);
}

TEST_CASE("without arrivals the busy workers' own rate stands in") {
  Snapshot now{scene(4)};
  read(now, "queue", 600.0);
  CHECK(told.recommend(now, {}).floor == 8_replicas);  // (4 * 0.5 + 600 / 300) / 0.5
}

TEST_CASE("the rate of a worker is learned while the queue is never empty") {
  Alone alone{learning};
  Snapshot now{scene(4)};
  read(read(now, "queue", 600.0), "load", 4.0);
  CHECK(alone.tick(now).floor == 5_replicas);  // unknown: one more than serve
  now.taken_at += 15s;
  read(now, "queue", 630.0);  // +2 per second of 4 arriving: 4 workers did 2 per second
  alone.tick(now);
  now.taken_at += 15s;
  const Recommendation asked{alone.tick(now)};  // (4 + 630 / 300) / 0.5, to within the last sample
  CHECK(asked.because == Because::backlog);
  CHECK(*asked.floor >= 12_replicas);
  CHECK(*asked.floor <= 13_replicas);
}

TEST_CASE("an empty queue and a gap between readings teach nothing") {
  Alone alone{learning};
  Snapshot now{scene(4)};
  read(read(now, "queue", 0.0), "load", 1.0);
  for (int i{0}; i < 10; ++i) {
    now.taken_at += 15s;
    alone.tick(now);
  }
  read(now, "queue", 100.0);
  now.taken_at += 15s;
  CHECK(alone.tick(now).because == Because::learning);
  now.taken_at += 1h;
  read(now, "queue", 50.0);
  alone.tick(now);
  now.taken_at += 15s;
  CHECK(alone.tick(now).because != Because::no_data);
  CHECK(alone.past().memory("queue_backlog")[1] == doctest::Approx(60.0));  // the last 15 s alone
}

TEST_CASE("a missing queue asks to hold") {
  Snapshot now{scene(4)};
  read(now, "load", 4.0);
  const Recommendation asked{told.recommend(now, {})};
  CHECK(asked.is_hold);
  CHECK_FALSE(asked.floor);
}

}  // namespace
}  // namespace spillway::queue_backlog_test
