// Stories of burst groups that are kept warm.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "controller/loop/standby_keeper.hpp"
#include "controller/state/billed_run.hpp"
#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::standby_test {
namespace {

using namespace std::chrono_literals;

void keep_two(LoopSettings&, Workload& web) {
  web.standby.size = 2;
}

Money billed(const MemoryDisk& disk, bool standby) {
  Money sum{};
  for (const GroupRecord& record : disk.groups) {
    const auto run{billed_run(record)};
    if (is_standby_bill(record) != standby || !run) continue;
    sum += record.price.for_time(
        std::chrono::ceil<std::chrono::seconds>(run->until.value_or(run->from) - run->from));
  }
  return sum;
}

/// What the pool was billed for, in seconds of one member: an amount of cents is equal to any other
/// within the tolerance of `Approx`.
double billed_seconds(const MemoryDisk& disk) {
  return billed(disk, true).usd() / 0.0594 * 3600.0;
}

TEST_CASE("a burst takes what is warm at once, and starts the rest cold") {
  World world{};
  world.start(keep_two);
  world.run_for(2min);
  CHECK(world.standby.members() == 2);
  CHECK(world.cloud.names().empty());
  world.load_rps = 56.0;  // 7 replicas: 3 burst
  CHECK(world.run_until([&] { return world.serving() == 6; }, 15s));
  CHECK(world.run_until([&] { return world.serving() == 7; }, 1min));
  int warm{0};
  for (const std::string& name : world.cloud.names()) warm += world.cloud.find(name)->is_warm;
  CHECK(warm == 2);
  CHECK(world.standby.members() == 2);  // filled again
}

TEST_CASE("a warm start does not count as a measured start time") {
  World world{};
  Controller& controller{world.start(keep_two)};
  world.run_for(2min);
  world.load_rps = 48.0;
  REQUIRE(world.run_until([&] { return world.serving() == 6; }, 1min));
  for (const auto& [place, samples] : world.disk->starts) CHECK(samples.empty());
  CHECK(controller.notebook.failed_calls.empty());
}

TEST_CASE("a pool that shows members and hands out none does not hold up the burst") {
  World world{};
  world.standby.shows_stock_and_has_none = true;
  world.start(keep_two);
  world.run_for(2min);
  world.load_rps = 56.0;
  CHECK(world.run_until([&] { return world.serving() == 7; }, 1min));
}

TEST_CASE("a take whose answer is lost, and that is not visible yet, is one group and one bill") {
  World world{};
  world.start(keep_two);
  world.run_for(2min);
  world.cloud.behaviour.visible_after = 90s;
  SUBCASE("by its name, though listed") {}
  SUBCASE("in no way") {
    world.cloud.behaviour.listing_lag = 90s;
  }
  world.cloud.lose_next_answer(FakeProvider::Call::create);
  world.load_rps = 40.0;  // 5 replicas: 1 burst
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 5min));
  const bool is_repeated{world.cloud.behaviour.listing_lag > 0s};
  CHECK(world.cloud.count_calls("create ") == (is_repeated ? 2 : 1));  // under the same name
  REQUIRE(world.cloud.names().size() == 1);
  CHECK(world.cloud.find(world.cloud.names().at(0))->is_warm);
  CHECK(world.standby.members() == 2);
  world.load_rps = 20.0;
  REQUIRE(world.run_until([&] { return world.cloud.names().empty(); }, 20min));
  world.run_for(1min);
  const double truth{seconds(world.cloud.billed_time()) / 3600.0 * 0.0594};
  CHECK(billed(*world.disk, false).usd() >= truth);
  CHECK(billed(*world.disk, false).usd() <= truth + 15.0 / 3600.0 * 0.0594);
}

TEST_CASE("warm groups are taken where cold ones find no room") {
  World world{};
  world.start(keep_two);
  world.run_for(2min);
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::no_capacity, "ServiceUnavailable"};
  world.load_rps = 80.0;  // 10 replicas: 6 burst
  CHECK(world.run_until([&] { return world.serving() == 6; }, 15s));
}

TEST_CASE("the pool's members are on the bill, to the second, also across a restart") {
  World world{};
  Controller& first{world.start(keep_two)};
  world.run_for(10min);
  world.kill(first);
  world.run_for(3min);  // the pool goes on billing while nobody looks
  Controller& second{world.start(keep_two)};
  world.run_for(10min);
  world.stop(second);
  // The last look was at most 15 s before the end, and the first a moment after the start.
  CHECK(billed_seconds(*world.disk) ==
        doctest::Approx(seconds(world.standby.billed_time())).epsilon(0.03));
  CHECK(billed(*world.disk, false).usd() == 0.0);
  MemoryStore store{world.disk};
  const auto spend{store.spend("web", world.clock.now())};
  REQUIRE(spend);
  CHECK(spend->this_month.usd() == doctest::Approx(billed(*world.disk, true).usd()));
  CHECK(store.open_groups()->empty());  // a bill is no group: nothing adopts or deletes it
}

/// The pool's records, the oldest first.
std::vector<GroupRecord> pool_records(const MemoryDisk& disk) {
  std::vector<GroupRecord> records{};
  std::ranges::copy_if(disk.groups, std::back_inserter(records), is_standby_bill);
  return records;
}

TEST_CASE("a pool's bill has an end when the pool was removed, or holds another number") {
  World world{};
  Controller& first{world.start(keep_two)};
  world.run_for(5min);
  REQUIRE(pool_records(*world.disk).size() == 1);
  CHECK_FALSE(is_ended_standby(pool_records(*world.disk).back()));
  LoopConfig changed{first.config};
  auto web{std::make_shared<Workload>(*changed.workloads.at("web"))};
  web->standby.size = 3;
  changed.workloads["web"] = web;
  first.loop->reload(changed);
  world.run_for(1min);
  REQUIRE(pool_records(*world.disk).size() == 2);
  CHECK(is_ended_standby(pool_records(*world.disk).front()));
  CHECK_FALSE(is_ended_standby(pool_records(*world.disk).back()));
  web = std::make_shared<Workload>(*web);
  web->standby.size = 0;
  changed.workloads["web"] = web;
  first.loop->reload(changed);
  world.run_for(1min);
  REQUIRE(world.standby.members() == 0);
  REQUIRE(pool_records(*world.disk).size() == 2);
  CHECK(is_ended_standby(pool_records(*world.disk).back()));
  const Money before{billed(*world.disk, true)};
  world.stop(first);
  world.start(keep_two);
  world.run_for(1min);
  REQUIRE(pool_records(*world.disk).size() == 3);  // what has ended does not go on
  CHECK(billed(*world.disk, true).usd() < before.usd() + 2.0 * 0.0594 * 62.0 / 3600.0);
}

TEST_CASE("another wording of a pool's note broke its bill") {
  World world{};
  Controller& first{world.start(keep_two)};
  world.run_for(10min);
  world.kill(first);
  for (const char* note : {"", "2 kept warm, removed", "two warm ones"}) {
    CAPTURE(note);
    const Money before{billed(*world.disk, true)};
    world.disk->groups.back().note = note;
    REQUIRE(is_standby_bill(world.disk->groups.back()));
    CHECK(billed(*world.disk, true) == before);
    Controller& next{world.start(keep_two)};
    world.run_for(10min);
    world.kill(next);
    CHECK(pool_records(*world.disk).size() == 1);  // it goes on
  }
  CHECK(billed_seconds(*world.disk) ==
        doctest::Approx(seconds(world.standby.billed_time())).epsilon(0.03));
}

TEST_CASE("members that were all taken were billed on after a restart") {
  World world{};
  Controller& first{world.start(keep_two)};
  world.run_for(5min);
  world.standby.has_no_room = true;
  world.load_rps = 56.0;  // 7 replicas: 3 burst
  REQUIRE(world.run_until([&] { return world.standby.members() == 0; }, 1min));
  world.run_for(1min);
  CHECK_FALSE(
      is_ended_standby(pool_records(*world.disk).back()));  // it is there, with nothing in it
  world.kill(first);
  world.run_for(20min);
  world.start(keep_two);
  world.run_for(5min);
  CHECK(billed_seconds(*world.disk) ==
        doctest::Approx(seconds(world.standby.billed_time())).epsilon(0.1));
}

TEST_CASE("a pool that is kept again was billed for the hours without one") {
  World world{};
  Controller& first{world.start(keep_two)};
  world.run_for(5min);
  world.kill(first);
  Controller& without{world.start()};
  world.run_for(5min);
  REQUIRE(world.standby.members() == 0);
  REQUIRE(pool_records(*world.disk).size() == 1);
  CHECK(is_ended_standby(pool_records(*world.disk).back()));
  world.run_for(2h);
  world.kill(without);
  world.start(keep_two);
  world.run_for(5min);
  CHECK(pool_records(*world.disk).size() == 2);
  CHECK(billed_seconds(*world.disk) ==
        doctest::Approx(seconds(world.standby.billed_time())).epsilon(0.1));
}

TEST_CASE("the status shows what is kept warm and what that costs, and unknown is not zero") {
  World world{};
  Controller& controller{world.start(keep_two)};
  world.run_for(2min);
  const auto& standby{controller.web().standby};
  REQUIRE(standby.has_value());
  CHECK(standby->wanted == 2);
  REQUIRE(standby->stock.has_value());
  CHECK(standby->stock->running == 2);
  CHECK(standby->price == HourlyPrice{usd(0.1188)});
  CHECK_FALSE(controller.web().machines.has_value());
  world.standby.outage = Error{Errc::unavailable, "503"};
  world.run_for(2min);
  REQUIRE(controller.web().standby.has_value());
  CHECK(controller.web().standby->wanted == 2);
  CHECK_FALSE(controller.web().standby->stock.has_value());
  CHECK(controller.web().standby->seen_at.has_value());
}

TEST_CASE("policies see what waits on standby in replicas, and nothing while that is unknown") {
  World world{};
  Controller& controller{world.start([](LoopSettings& settings, Workload& web) {
    keep_two(settings, web);
    web.standby.warm_start = 7s;
  })};
  world.run_for(2min);
  CHECK(controller.web().snapshot.standby == Standby{{2}, {0}, 7s});
  world.standby.outage = Error{Errc::unavailable, "503"};
  world.run_for(2min);
  CHECK(controller.web().snapshot.standby == std::nullopt);
}

TEST_CASE("without a pool the status has none") {
  World world{};
  Controller& controller{world.start()};
  world.run_for(1min);
  CHECK_FALSE(controller.web().standby.has_value());
}

TEST_CASE("another size changes the pool, and none removes it") {
  World world{};
  Controller& controller{world.start(keep_two)};
  world.run_for(1min);
  LoopConfig larger{controller.config};
  auto web{std::make_shared<Workload>(*larger.workloads.at("web"))};
  web->standby.size = 4;
  larger.workloads["web"] = web;
  controller.loop->reload(larger);
  world.run_for(1min);
  CHECK(world.standby.members() == 4);
  auto none{std::make_shared<Workload>(*web)};
  none->standby.size = 0;
  larger.workloads["web"] = none;
  controller.loop->reload(larger);
  world.run_for(1min);
  CHECK(world.standby.members() == 0);
}

TEST_CASE("a pool that a controller left behind is removed by one that wants none") {
  World world{};
  Controller& first{world.start(keep_two)};
  world.run_for(1min);
  world.kill(first);
  world.start();
  world.run_for(1min);
  CHECK(world.standby.members() == 0);
}

TEST_CASE("a pool is not removed because the store cannot be read after a start") {
  World world{};
  Controller& first{world.start(keep_two)};
  world.run_for(2min);
  REQUIRE(world.standby.members() == 2);
  world.kill(first);
  Controller& second{world.start([](LoopSettings&, Workload& web) {
    web.standby = {.sizing = StandbySizing::automatic, .max = 5};
  })};
  second.store.fail_with(Error{Errc::unavailable, "disk I/O error"});
  world.run_for(15min);
  CHECK(world.standby.members() == 2);  // how many it wants is not known
  second.store.fail_with(std::nullopt);
  CHECK(world.run_until([&] { return world.standby.members() == 0; }, 1min));
}

TEST_CASE("a stop that drains empties the pool as well") {
  World world{};
  Controller& controller{world.start([](LoopSettings& settings, Workload& web) {
    settings.drains_on_stop = true;
    web.standby.size = 2;
  })};
  world.run_for(2min);
  world.stop(controller);
  CHECK(world.standby.members() == 0);
}

TEST_CASE("in mode observe no pool is made") {
  World world{};
  world.start([](LoopSettings& settings, Workload& web) {
    settings.mode = Mode::observe;
    web.standby.size = 2;
  });
  world.run_for(2min);
  CHECK(world.standby.calls.empty());
}

TEST_CASE("the size follows what bursts have needed, and falls when they stop") {
  World world{};
  world.start([](LoopSettings&, Workload& web) {
    web.standby = {.sizing = StandbySizing::automatic, .max = 5, .look_back = 2h};
  });
  // A burst of two groups every ten minutes: each use pays for 1050 s.
  for (int i{0}; i < 12; ++i) {
    world.load_rps = 48.0;
    world.run_for(4min);
    world.load_rps = 20.0;
    world.run_for(6min);
  }
  CHECK(world.standby.members() == 2);
  world.run_for(3h);
  CHECK(world.standby.members() == 0);
}

}  // namespace
}  // namespace spillway::testing::standby_test
