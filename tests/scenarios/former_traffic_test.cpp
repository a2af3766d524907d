// Stories of balancers that a changed config does not name any more.
#include <doctest/doctest.h>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::former_traffic_test {
namespace {

using namespace std::chrono_literals;

/// The world's own balancer, for the life of a successor.
std::shared_ptr<Traffic> view_of(FakeTraffic& edge) {
  return {std::shared_ptr<Traffic>{}, &edge};
}

/// A workload with two balancers, as wiring makes it.
void with_two(World& world, std::shared_ptr<Traffic> second, Workload& web) {
  web.traffic.push_back(std::move(second));
  web.traffic_places = {{"edge", {"haproxy a web spillway-"}},
                        {"old", {"haproxy b web spillway-"}}};
  web.traffic_text = "traffic: ...";
  world.load_rps = 40.0;
}

TEST_CASE("a balancer that leaves a workload's list by a reload keeps none of its servers") {
  World world{};
  const auto old{std::make_shared<FakeTraffic>(world.clock, "old")};
  Controller& spillway{
      world.start([&](LoopSettings&, Workload& web) { with_two(world, old, web); })};
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  REQUIRE(old->admitted().size() == 1);
  const std::string name{world.cloud.names().at(0)};
  old->set_in_flight(name, 2);
  LoopConfig changed{spillway.config};
  const auto web{std::make_shared<Workload>(*changed.workloads.at("web"))};
  web->traffic.pop_back();
  web->traffic_places.erase("old");
  changed.workloads["web"] = web;
  spillway.loop->reload(std::move(changed));
  world.run_for(10s);
  CHECK(old->is_draining(name));  // what is in flight there ends first
  old->set_in_flight(name, 0);
  CHECK(world.run_until([&] { return old->find(name) == nullptr; }, 20s));
  CHECK(world.edge.is_admitted(name));
  const auto calls{old->calls.size()};
  world.run_for(1min);
  CHECK(old->calls.size() == calls);  // and then it is left in peace
}

/// The controller's config with another `web`.
LoopConfig with(const Controller& spillway, const std::function<void(Workload&)>& change) {
  LoopConfig changed{spillway.config};
  changed.former_traffic.clear();  // those of the start
  const auto web{std::make_shared<Workload>(*changed.workloads.at("web"))};
  change(*web);
  changed.workloads["web"] = web;
  return changed;
}

TEST_CASE("a balancer that comes back while it is still being left is not emptied any more") {
  World world{};
  const auto old{std::make_shared<FakeTraffic>(world.clock, "old")};
  Controller& spillway{
      world.start([&](LoopSettings&, Workload& web) { with_two(world, old, web); })};
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const std::string name{world.cloud.names().at(0)};
  old->is_partly_blind = true;  // one of its processes is down, so its leaving cannot end
  const LoopConfig as_before{spillway.config};
  spillway.loop->reload(with(spillway, [](Workload& web) {
    web.traffic.pop_back();
    web.traffic_places.erase("old");
  }));
  CHECK(world.run_until([&] { return old->find(name) == nullptr; }, 20s));
  spillway.loop->reload(as_before);
  CHECK(world.run_until([&] { return old->is_admitted(name); }, 20s));
  const auto drains{old->count_calls("drain")};
  const auto evictions{old->count_calls("evict")};
  world.run_for(2min);
  CHECK(old->is_admitted(name));
  CHECK(old->count_calls("drain") == drains);
  CHECK(old->count_calls("evict") == evictions);
}

TEST_CASE("a balancer of an earlier run that comes back by a reload is not emptied any more") {
  World world{};
  const auto old{std::make_shared<FakeTraffic>(world.clock, "old")};
  old->is_partly_blind = true;
  const std::vector<std::string> place{"haproxy b web spillway-"};
  Controller& spillway{world.start({}, {{"web", {{old, place}}}})};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const std::string name{world.cloud.names().at(0)};
  spillway.loop->reload(with(spillway, [&](Workload& web) { with_two(world, old, web); }));
  CHECK(world.run_until([&] { return old->is_admitted(name); }, 20s));
  world.run_for(2min);
  CHECK(old->is_admitted(name));
  CHECK(old->count_calls("evict") == 0);
}

TEST_CASE("an entry that comes back while it is still being left is not taken back any more") {
  World world{};
  Controller& spillway{world.start([](LoopSettings&, Workload&) {})};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const auto map{std::make_shared<FakeTraffic>(world.clock, "map")};
  map->outage = Error{Errc::unavailable, "down"};
  LoopConfig without{spillway.config};
  without.former_traffic["web"] = {{map, {"map a burst.map www\n"}}};
  spillway.loop->reload(std::move(without));
  world.run_for(20s);
  CHECK(map->count_calls("list") > 2);  // tried again and again
  spillway.loop->reload(
      with(spillway, [](Workload& web) { web.traffic_entries = {"map a burst.map www\n"}; }));
  world.run_for(5s);
  const auto calls{map->calls.size()};
  world.run_for(1min);
  CHECK(map->calls.size() == calls);
}

TEST_CASE("a reload that names the same place in another way takes nothing out of it") {
  World world{};
  const auto old{std::make_shared<FakeTraffic>(world.clock, "old")};
  const auto renamed{std::make_shared<FakeTraffic>(world.clock, "renamed")};
  Controller& spillway{
      world.start([&](LoopSettings&, Workload& web) { with_two(world, old, web); })};
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  LoopConfig changed{spillway.config};
  const auto web{std::make_shared<Workload>(*changed.workloads.at("web"))};
  web->traffic.back() = renamed;
  web->traffic_places.erase("old");
  web->traffic_places["renamed"] = {"haproxy b web spillway-more-"};
  changed.workloads["web"] = web;
  spillway.loop->reload(std::move(changed));
  world.run_for(1min);
  CHECK(old->admitted().size() == 1);
}

TEST_CASE("what wiring alone knows to be left behind at a reload is emptied, too") {
  World world{};
  Controller& spillway{world.start([](LoopSettings&, Workload&) {})};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const auto map{std::make_shared<FakeTraffic>(world.clock, "map")};
  const std::string name{world.cloud.names().at(0)};
  const Backend stale{.group = {name}, .workload = "web", .ip = "10.0.0.9", .port = 80};
  REQUIRE(world.clock.run(map->admit(stale, io::deadline_after(world.clock, 5s))));
  LoopConfig changed{spillway.config};
  changed.former_traffic["web"] = {{map, {}}};
  spillway.loop->reload(std::move(changed));
  CHECK(world.run_until([&] { return map->find(name) == nullptr; }, 20s));
  CHECK(world.edge.is_admitted(name));
}

TEST_CASE("newer prices change what is paid, and not who is told about the replicas") {
  World world{};
  HourlyPrice list_price{usd(0.0594)};
  Controller& spillway{world.start([&](LoopSettings&, Workload& web) {
    web.price_of = [&](const Offer&, const ReplicaTemplate&) { return list_price; };
  })};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  list_price = {usd(0.08)};
  spillway.loop->reprice();
  world.load_rps = 48.0;
  const auto lists{world.edge.count_calls("evict")};
  REQUIRE(world.run_until([&] { return world.serving() == 6; }, 60s));
  CHECK(world.edge.count_calls("evict") == lists);
  std::set<std::int64_t> prices{};
  for (const GroupRecord& group : spillway.web().groups) prices.insert(group.price.per_hour.nanos);
  CHECK(prices == std::set<std::int64_t>{usd(0.0594).nanos, usd(0.08).nanos});
}

TEST_CASE("a workload that left the config before a restart is drained through its balancer") {
  World world{};
  Controller& first{world.start([&](LoopSettings&, Workload& web) {
    web.traffic_text = "traffic: ...";
    world.load_rps = 40.0;
  })};
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.run_for(10s);
  CHECK(world.disk->kept.at(kept_traffic_key("web")).text == "traffic: ...");
  const std::string name{world.cloud.names().at(0)};
  world.edge.set_in_flight(name, 2);
  world.kill(first);
  world.start_without_workloads({{"web", {{view_of(world.edge), {}}}}});
  world.run_for(20s);
  CHECK(world.edge.is_draining(name));
  CHECK(world.cloud.count_calls("remove") == 0);
  world.edge.set_in_flight(name, 0);
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 2min));
  CHECK(world.run_until([&] { return world.edge.find(name) == nullptr; }, 20s));
}

TEST_CASE("a balancer that left a workload's list before a restart keeps none of its servers") {
  World world{};
  const auto old{std::make_shared<FakeTraffic>(world.clock, "old")};
  const auto life{std::make_shared<Life>()};
  const auto killed{std::make_shared<MortalTraffic>(*old, world.clock, life)};
  Controller& first{
      world.start([&](LoopSettings&, Workload& web) { with_two(world, killed, web); })};
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  REQUIRE(old->admitted().size() == 1);
  world.kill(first);
  life->is_over = true;
  world.start({}, {{"web", {{old, {}}}}});
  CHECK(world.run_until([&] { return old->admitted().empty(); }, 30s));
  CHECK(world.serving() == 5);
}

}  // namespace
}  // namespace spillway::testing::former_traffic_test
