#include "controller/backtest/pools.hpp"

#include <doctest/doctest.h>

namespace spillway::backtest::pools_test {
namespace {

BurstWorld without_failures() {
  BurstWorld world{};
  world.failed_share = 0.0;
  return world;
}

TEST_CASE("a burst replica serves after its start, not before") {
  BurstWorld world{without_failures()};
  world.start_sigma = 0.0;
  BurstPool pool{world, Dice{1}};
  pool.want(3, 100);
  CHECK(pool.starting() == 3);
  pool.advance(129);
  CHECK(pool.ready() == 0);
  pool.advance(130);
  CHECK(pool.ready() == 3);
  CHECK(pool.starting() == 0);
  CHECK(pool.creates() == 3);
}

TEST_CASE("what is on standby serves at once, and the provider fills it up with a cold start") {
  BurstWorld world{without_failures()};
  world.start_sigma = 0.0;
  world.standby = 2;
  BurstPool pool{world, Dice{1}};
  pool.want(3, 100);
  CHECK(pool.starting() == 3);
  CHECK(pool.standby_ready() == 0);
  CHECK(pool.standby_starting() == 2);
  pool.advance(105);
  CHECK(pool.ready() == 2);
  pool.advance(130);
  CHECK(pool.ready() == 3);
  CHECK(pool.standby_ready() == 2);
  CHECK(pool.creates() == 3);  // ours; the provider's own count against no quota
  pool.want(0, 131);
  CHECK(pool.standby_ready() == 2);
}

TEST_CASE("a standby that fails to start is started again") {
  BurstWorld world{};
  world.failed_share = 0.9;
  world.standby = 1;
  BurstPool pool{world, Dice{1}};
  pool.want(1, 0);
  for (int s{1}; s < 60; ++s) pool.advance(s);
  CHECK(pool.ready() == 1);
  for (int s{60}; s < 10'000; ++s) pool.advance(s);
  CHECK(pool.standby_ready() == 1);
  CHECK(pool.standby_starting() == 0);
}

TEST_CASE("what has not started leaves first") {
  BurstWorld world{without_failures()};
  BurstPool pool{world, Dice{1}};
  pool.want(2, 0);
  for (int s{0}; s < 300; ++s) pool.advance(s);
  REQUIRE(pool.ready() == 2);
  pool.want(5, 300);
  pool.want(3, 301);
  CHECK(pool.ready() == 2);
  CHECK(pool.starting() == 1);
  pool.want(1, 302);
  CHECK(pool.ready() == 1);
  CHECK(pool.starting() == 0);
}

TEST_CASE("a released start never becomes ready") {
  BurstPool pool{without_failures(), Dice{1}};
  pool.want(2, 0);
  pool.want(0, 1);
  for (int s{1}; s < 300; ++s) pool.advance(s);
  CHECK(pool.ready() == 0);
}

TEST_CASE("quotas hold: at once, in five minutes, in an hour") {
  BurstPool pool{without_failures(), Dice{1}};
  pool.want(500, 0);
  CHECK(pool.creates() == 100);
  pool.want(0, 10);
  pool.want(80, 299);  // the five minutes are spent
  CHECK(pool.creates() == 100);
  pool.want(80, 300);
  CHECK(pool.creates() == 180);
  pool.want(0, 301);
  pool.want(100, 601);
  CHECK(pool.creates() == 280);
  pool.want(0, 602);
  pool.want(100, 1000);  // the hour has 20 left
  CHECK(pool.creates() == 300);
  pool.want(100, 3599);
  CHECK(pool.creates() == 300);
  pool.want(100, 3600);  // the first hundred are an hour old
  CHECK(pool.creates() == 380);
}

TEST_CASE("about one start in fifty fails and never serves") {
  BurstWorld world{};
  world.creates_per_5min = world.creates_per_hour = world.max_groups = 1'000'000;
  BurstPool pool{world, Dice{5}};
  pool.want(20'000, 0);
  for (int s{0}; s < 600; ++s) pool.advance(s);
  CHECK(pool.failures() == doctest::Approx(400).epsilon(0.2));
  CHECK(pool.ready() + pool.failures() == 20'000);
}

TEST_CASE("a machine takes between two and five minutes") {
  MachinePool pool{ClusterWorld{}, Dice{1}};
  pool.want(50, 0);
  pool.advance(119);
  CHECK(pool.ready() == 0);
  pool.advance(210);
  CHECK(pool.ready() > 10);
  CHECK(pool.starting() > 10);
  pool.advance(300);
  CHECK(pool.ready() == 50);
  pool.want(20, 301);
  CHECK(pool.ready() == 20);
}

}  // namespace
}  // namespace spillway::backtest::pools_test
