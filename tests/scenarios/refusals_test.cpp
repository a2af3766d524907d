// Stories of a cloud that says no: to one place, to a template, to everything; and of what may go
// on all the same.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::refusals_test {
namespace {

using namespace std::chrono_literals;

bool are_all_in(const World& world, std::string_view region) {
  return std::ranges::all_of(world.cloud.names(), [&](const std::string& name) {
    return world.cloud.find(name)->request.place.region == region;
  });
}

TEST_CASE("a place without rights, or whose name is wrong, is left for the next one") {
  World world{};
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::denied, "ResourceGroupNotFound"};
  world.start([](LoopSettings&, Workload& web) { use_two_regions(web); });
  world.load_rps = 56.0;
  CHECK(world.run_until([&] { return world.serving() == 7; }, 2min));
  CHECK(are_all_in(world, "westus"));
  CHECK(world.cloud.count_calls("create") <= 6);
}

TEST_CASE("a template that was refused is tried again once it is another one, and at once") {
  World world{};
  Controller& spillway{world.start()};
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::bad_request, "InvalidImage"};
  world.load_rps = 40.0;
  world.run_for(1h);
  CHECK(world.cloud.count_calls("create") == 1);
  REQUIRE(spillway.web().refused);
  CHECK(spillway.web().refused->words.find("InvalidImage") != std::string::npos);
  CHECK(spillway.web().plan.withheld.at(0).because == Because::create_refused);

  // A restart with the same template knows better than to ask.
  world.stop(spillway);
  Controller& again{world.start()};
  world.run_for(10min);
  CHECK(world.cloud.count_calls("create") == 1);
  CHECK(again.web().refused);
  world.stop(again);

  world.cloud.behaviour.refusing_regions.clear();
  world.start([](LoopSettings&, Workload& web) {
    web.replica.image = "web:mended";
    web.plan_limits.template_hash = "mended";
  });
  CHECK(world.run_until([&] { return world.serving() == 5; }, 1min));
}

TEST_CASE("a corrected secret is another template, although its hash is the same") {
  World world{};
  Controller& spillway{world.start()};
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::bad_request, "InvalidCredential"};
  world.load_rps = 40.0;
  world.run_for(10min);
  REQUIRE(world.cloud.count_calls("create") == 1);
  world.cloud.behaviour.refusing_regions.clear();
  world.stop(spillway);
  world.start([](LoopSettings&, Workload& web) { web.replica.registry_password = "corrected"; });
  CHECK(world.run_until([&] { return world.serving() == 5; }, 1min));
}

TEST_CASE("a reload tries what was refused once more") {
  for (const Errc kind : {Errc::bad_request, Errc::registry, Errc::denied}) {
    CAPTURE(to_string(kind));
    World world{};
    Controller& spillway{world.start()};
    world.cloud.behaviour.refusing_regions["eastus"] = {kind, "no"};
    world.load_rps = 40.0;
    world.run_for(30s);
    REQUIRE(world.cloud.count_calls("create") == 1);
    world.cloud.behaviour.refusing_regions.clear();
    spillway.loop->reload(spillway.config);
    CHECK(world.run_until([&] { return world.serving() == 5; }, 1min));
  }
}

TEST_CASE("after a restart nobody waits for rights that have been given meanwhile") {
  for (const Errc kind : {Errc::registry, Errc::denied}) {
    CAPTURE(to_string(kind));
    World world{};
    Controller& spillway{world.start()};
    world.cloud.behaviour.refusing_regions["eastus"] = {kind, "no"};
    world.load_rps = 40.0;
    world.run_for(25min);
    world.cloud.behaviour.refusing_regions.clear();
    world.stop(spillway);
    world.start();
    CHECK(world.run_until([&] { return world.serving() == 5; }, 1min));
  }
}

TEST_CASE("a login that does not work for an hour costs the burst no minute more") {
  World world{};
  world.start();
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::throttled, "getting a token",
                                                      Duration{30s}};
  world.load_rps = 40.0;
  world.run_for(3min);
  CHECK(world.serving() == 4);
  world.cloud.behaviour.refusing_regions.clear();
  CHECK(world.run_until([&] { return world.serving() == 5; }, 75s));
}

TEST_CASE("a region that cannot be listed neither stops the others nor loses its groups") {
  World world{};
  const Error trouble{Errc::denied, "AuthorizationFailed"};
  const Place east{.subscription = "s", .region = "eastus"};
  world.cloud.behaviour.unlisted_places[east] = trouble;
  Controller& spillway{world.start([](LoopSettings&, Workload& web) { use_two_regions(web); })};
  world.load_rps = 56.0;
  CHECK(world.run_until([&] { return world.serving() == 7; }, 2min));  // from the very start
  CHECK(are_all_in(world, "westus"));
  REQUIRE(spillway.notebook.last_status->listing_trouble);
  CHECK(*spillway.notebook.last_status->listing_trouble == trouble);
  world.load_rps = 10.0;
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 20min));  // and scales in

  // Groups that cannot be seen are neither missing nor in the way.
  world.cloud.behaviour.unlisted_places.clear();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  REQUIRE(are_all_in(world, "eastus"));
  const auto creates = world.cloud.count_calls("create");
  world.cloud.behaviour.unlisted_places[east] = trouble;
  world.run_for(10min);
  CHECK(world.serving() == 5);
  CHECK(world.cloud.count_calls("create") == creates);
  world.load_rps = 10.0;
  world.run_for(20min);
  CHECK(world.serving() == 5);  // not on an old view
  world.cloud.behaviour.unlisted_places.clear();
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 20min));
}

TEST_CASE(
    "a former resource group that may not be looked at keeps nothing from growing or leaving") {
  World world{};
  world.cloud.behaviour.unlisted_places[Place{}] = {Errc::denied, "AuthorizationFailed"};
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  CHECK(world.run_until([&] { return world.serving() == 5; }, 2min));
  CHECK_FALSE(spillway.notebook.last_status->listing_trouble);  // it is ready all the same
  world.load_rps = 10.0;
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 20min));
}

TEST_CASE("a region whose create rate is spent does not hold up the burst while another is free") {
  World world{};
  world.cloud.behaviour.spent_regions.insert("eastus");
  Controller& spillway{world.start([](LoopSettings&, Workload& web) { use_two_regions(web); })};
  world.load_rps = 56.0;
  CHECK(world.run_until([&] { return world.serving() == 7; }, 2min));
  CHECK(are_all_in(world, "westus"));
  CHECK(world.cloud.count_calls("create") == 3);  // nothing is sent that must wait
  world.cloud.behaviour.spent_regions.insert("westus");
  world.load_rps = 66.0;
  world.run_for(30s);
  CHECK(spillway.web().plan.withheld.at(0).because == Because::create_tokens_spent);
}

TEST_CASE("a region that throttles creates does not pin the burst while another is free") {
  World world{};
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::throttled, "TooManyRequests",
                                                      Duration{300s}};
  world.start([](LoopSettings&, Workload& web) { use_two_regions(web); });
  world.load_rps = 56.0;
  CHECK(world.run_until([&] { return world.serving() == 7; }, 2min));
  CHECK(are_all_in(world, "westus"));
}

TEST_CASE("the price and the start times that policies see are those of the place in use") {
  World world{};
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::denied, "ResourceGroupNotFound"};
  Controller& spillway{world.start([](LoopSettings&, Workload& web) {
    use_two_regions(web);
    web.offers.at(0).price = HourlyPrice{usd(0.05)};
    web.offers.at(1).price = HourlyPrice{usd(0.07)};
  })};
  world.run_for(10s);
  CHECK(spillway.web().snapshot.replica_price == HourlyPrice{usd(0.05)});
  world.load_rps = 56.0;
  CHECK(world.run_until([&] { return world.serving() == 7; }, 2min));
  CHECK(spillway.web().snapshot.replica_price == HourlyPrice{usd(0.07)});
}

TEST_CASE("creates of the last hour still count after a restart") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 80.0;
  REQUIRE(world.run_until([&] { return world.serving() == 10; }, 3min));
  const auto creates = world.cloud.count_calls("create");
  world.stop(spillway);
  Controller& again{world.start()};
  world.run_for(30s);
  CHECK(again.provider.past_creates.size() == creates);
  CHECK(std::ranges::is_sorted(again.provider.past_creates));
  world.stop(again);
  world.load_rps = 20.0;
  world.clock.advance_by(61min);
  Controller& later{world.start()};
  world.run_for(10s);
  CHECK(later.provider.past_creates.empty());
}

TEST_CASE("a create that was sent and not answered is never sent again in other words") {
  World world{};
  // It exists, and neither its name nor a listing says so yet.
  world.cloud.behaviour.visible_after = 5min;
  world.cloud.behaviour.listing_lag = 5min;
  Controller& spillway{world.start()};
  world.cloud.lose_next_answer(FakeProvider::Call::create);
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.cloud.names().size() == 1; }, 30s));
  const std::string first{world.cloud.names().at(0)};
  LoopConfig changed{spillway.config};
  auto web{std::make_shared<Workload>(*changed.workloads.at("web"))};
  web->replica.image = "web:2";
  web->plan_limits.template_hash = "second";
  changed.workloads.at("web") = web;
  spillway.loop->reload(std::move(changed));
  world.run_for(2min);  // the answer is given up, and the name is asked for
  world.cloud.behaviour.visible_after = 0s;
  world.cloud.behaviour.listing_lag = 0s;
  world.run_for(10min);
  CHECK(std::ranges::count(world.cloud.calls, "create " + first) == 1);
  CHECK(world.cloud.find(first) == nullptr);
  CHECK(world.serving() == 5);
}

TEST_CASE("an adopted group costs what its size costs, and not what another offer does") {
  World world{};
  const auto add_small{[](LoopSettings&, Workload& web) {
    Offer small{web.offers.at(0)};
    small.size = {.vcpu = small.size.vcpu / 2, .memory_gb = 1.0, .replicas = 1_replicas};
    small.price = {Money{small.price.per_hour.nanos * 10}};
    web.offers.push_back(small);
  }};
  Controller& spillway{world.start(add_small)};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  const HourlyPrice price{spillway.web().groups.at(0).price};
  REQUIRE(price.per_hour.nanos > 0);
  world.kill(spillway);
  *world.disk = MemoryDisk{};  // all memory is lost; the cloud still has the group
  Controller& again{world.start(add_small)};
  world.run_for(30s);
  REQUIRE(again.web().groups.size() == 1);
  CHECK(again.web().groups.at(0).price == price);
}

/// Burst that is not needed any more behind a lock, just after its removal was denied.
Controller& start_behind_a_lock(World& world) {
  Controller& spillway{world.start()};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  world.cloud.behaviour.refusing_removals = {Errc::denied, "deleting group: 403 ScopeLocked"};
  world.load_rps = 10.0;
  REQUIRE(world.run_until([&] { return world.cloud.count_calls("remove") == 1; }, 30min));
  return spillway;
}

TEST_CASE("a denied removal was repeated each tick, for as long as nobody lifted the lock") {
  World world{};
  Controller& spillway{start_behind_a_lock(world)};
  const auto removes = [&world] { return world.cloud.count_calls("remove"); };
  const auto gets = world.cloud.count_calls("get");
  world.run_for(1h);
  CHECK(removes() >= 7);  // after 1, 3, 7, 15, 30, 45 and 60 minutes
  CHECK(removes() <= 8);
  CHECK(world.cloud.count_calls("get") - gets <= 16);
  REQUIRE(spillway.web().groups.size() == 1);
  CHECK(spillway.web().groups.at(0).state.phase == GroupPhase::stuck);
  CHECK(spillway.web().groups.at(0).note.find("ScopeLocked") != std::string::npos);

  // Another answer begins anew, and a reload tries at once.
  world.cloud.behaviour.refusing_removals = {Errc::denied, "deleting group: 403 NoRight"};
  const auto before = removes();
  REQUIRE(world.run_until([&] { return removes() == before + 1; }, 16min));
  world.run_for(65s);
  CHECK(removes() == before + 2);
  world.run_for(20min);
  world.cloud.behaviour.refusing_removals.reset();
  spillway.loop->reload(spillway.config);
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 30s));
}

TEST_CASE("a group that others deleted while its removal was denied is soon known to be gone") {
  World world{};
  Controller& spillway{start_behind_a_lock(world)};
  world.run_for(20min);
  world.cloud.vanish(world.cloud.names().at(0));
  CHECK(world.run_until([&] { return spillway.web().groups.empty(); }, 30s));
}

TEST_CASE("a look-up that was throttled put off the removal of its group as well") {
  World world{};
  world.start();
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 2min));
  const std::string name{world.cloud.names().at(0)};
  world.cloud.fail_next(FakeProvider::Call::get, Error{Errc::throttled, "held back", 2h});
  world.cloud.repair(name);  // which a listing does not explain
  world.run_for(1min);
  world.load_rps = 10.0;
  CHECK(world.run_until([&] { return world.cloud.names().empty(); }, 30min));
}

}  // namespace
}  // namespace spillway::testing::refusals_test
