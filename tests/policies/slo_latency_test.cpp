#include "policies/latency/slo_latency.hpp"

#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::slo_latency_test {
namespace {

using namespace std::chrono_literals;
using testing::Alone;
using testing::monday;
using testing::read;
using testing::scene;

const SloLatency learning{{}};
const SloLatency told{{.replica_capacity_rps = 10.0}};

Snapshot at(Duration after, int base, double load, double utilization) {
  Snapshot now{scene(base, 0, monday + after)};
  read(read(now, "load", load), "utilization", utilization);
  return now;
}

TEST_CASE("60 req/s at 60 % of ten replicas teach 10 req/s each, and 90 req/s then need 11") {
  Alone alone{learning};
  const Recommendation first{alone.tick(at(0s, 10, 60.0, 0.6))};
  CHECK(first.floor == 9_replicas);  // ceil(10 * 0.6 / 0.7), not knowing the rate
  const Recommendation second{alone.tick(at(15s, 10, 90.0, 0.9))};
  CHECK(second.floor == 11_replicas);
  CHECK(second.because == Because::load_over_target);
  CHECK(second.words ==
        "90.0 req/s on replicas of 10 req/s (learned): 11 keep 95 % of the waits within 200ms");
}

TEST_CASE("a saturated start grows by utilization until there is something to learn") {
  Alone alone{learning};
  CHECK(alone.tick(at(0s, 4, 120.0, 1.0)).floor == 6_replicas);
  CHECK(alone.tick(at(15s, 6, 120.0, 1.0)).floor == 9_replicas);
  CHECK(alone.tick(at(30s, 9, 120.0, 1.0)).floor == 13_replicas);
  CHECK(alone.tick(at(45s, 15, 120.0, 0.8)).floor == 18_replicas);  // learns
  CHECK(alone.tick(at(60s, 18, 120.0, 0.67)).floor == 14_replicas);
}

TEST_CASE("a stated capacity needs no utilization") {
  Snapshot now{scene(10)};
  read(now, "load", 90.0);
  CHECK(told.recommend(now, {}).floor == 11_replicas);
  CHECK(told.signals() == std::vector<std::string>{"load"});
  CHECK(learning.signals() == std::vector<std::string>{"load", "utilization"});
}

TEST_CASE("without utilization the rate comes from the latency and what was served at a low one") {
  const SloLatency policy{{.learn_from = LearnFrom::latency}};
  CHECK(policy.signals() == std::vector<std::string>{"load", "latency_p95"});
  Alone alone{policy};
  Snapshot now{scene(10)};
  read(read(now, "load", 40.0), "latency_p95", 0.3);
  CHECK(alone.tick(now).floor == 10_replicas);  // nothing known: what runs stays
  now.taken_at += 15s;
  read(read(now, "load", 90.0), "latency_p95", 0.3);  // ln(20) / 0.3 s = 9.99 req/s
  CHECK(alone.tick(now).floor == 11_replicas);
  // 20 req/s each at the same latency: the replicas take up several requests at a time.
  now.taken_at += 15s;
  read(read(now, "load", 200.0), "latency_p95", 0.31);
  alone.tick(now);
  now.taken_at += 15s;
  CHECK(alone.tick(now).floor == 11_replicas);
}

TEST_CASE("lateness in spite of enough replicas makes the model more careful, at most by half") {
  Alone alone{told};
  Snapshot now{scene(20)};
  read(read(now, "load", 90.0), "late", 0.2);
  CHECK(alone.tick(now).floor == 11_replicas);
  for (int i{0}; i < 20; ++i) {
    now.taken_at += 15s;
    alone.tick(now);
  }
  CHECK(alone.tick(now).floor == 16_replicas);  // 1.02^20: replicas of 6.7 req/s
  for (int i{0}; i < 500; ++i) {
    now.taken_at += 15s;
    alone.tick(now);
  }
  CHECK(*alone.tick(now).floor <= 21_replicas);
  read(now, "late", 0.0);
  for (int i{0}; i < 4000; ++i) {
    now.taken_at += 15s;
    alone.tick(now);
  }
  CHECK(alone.tick(now).floor == 11_replicas);
}

TEST_CASE("a missing or stale load asks to hold and forgets nothing") {
  Alone alone{learning};
  alone.tick(at(0s, 10, 60.0, 0.6));
  const Memory before{alone.past().memory("slo_latency")};
  Snapshot blind{scene(10, 0, monday + 15s)};
  const Recommendation missing{alone.tick(blind)};
  CHECK(missing.is_hold);
  CHECK_FALSE(missing.floor);
  CHECK(missing.memory == before);
  blind.readings.set("load", Reading::stale(60.0, monday, "too old"));
  CHECK(alone.tick(blind).because == Because::stale_data);
  CHECK(alone.tick(at(30s, 10, 90.0, 0.9)).floor == 11_replicas);
}

TEST_CASE("a memory that is none begins anew") {
  History past{};
  past.memories["slo_latency"] = {1.0, 2.0};
  CHECK(learning.recommend(at(0s, 10, 60.0, 0.6), past).because == Because::load_under_target);
}

}  // namespace
}  // namespace spillway::slo_latency_test
