// Standby pools and scale sets of the real adapter, over the emulator.
#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <vector>

#include "controller/provider/aci/standby_body.hpp"
#include "controller/provider/scale_set/scale_set.hpp"
#include "tests/contract/provider/aci_bench.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::standby_over_emulator_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

const std::string subscription{"00000000-0000-0000-0000-000000000000"};

struct Warm : AciBench {
  StandbyOrder order(int ready, std::string image = "demo/web:1") {
    const GroupRequest request{usual_request("member")};
    StandbyOrder made{};
    made.workload = request.tags.workload;
    made.place = request.place;
    made.size = request.size;
    made.replica = request.replica;
    made.replica.image = std::move(image);
    made.template_hash = template_hash(made.replica);
    made.ready = ready;
    return made;
  }
  Result<StandbyStock> keep(const StandbyOrder& wanted) {
    return run(connection.standby->keep(wanted, in_a_minute()));
  }
  /// A create of the replica that `wanted` keeps warm.
  Result<void> create_like(const StandbyOrder& wanted, std::string name) {
    GroupRequest request{usual_request(std::move(name))};
    request.replica = wanted.replica;
    request.tags.template_hash = wanted.template_hash;
    return create(std::move(request));
  }
  Result<json::value> ask(std::string method, std::string path, std::string body = {},
                          std::string version = "2025-10-01") {
    aci::ArmRequest request{};
    request.method = std::move(method);
    request.path =
        "/subscriptions/" + subscription + "/resourceGroups/spillway/providers/" + std::move(path);
    request.body = std::move(body);
    request.api_version = std::move(version);
    const auto answer = run(connection.arm->send(std::move(request), in_a_minute()));
    if (!answer) return answer.error();
    return answer->body.empty() ? json::value{} : json::parse(answer->body);
  }
  std::vector<std::string> pools() {
    std::vector<std::string> names{};
    const auto listed = ask("GET", "Microsoft.StandbyPool/standbyContainerGroupPools");
    REQUIRE(listed);
    for (const json::value& pool : listed->at("value").as_array()) {
      names.emplace_back(pool.at("name").as_string());
    }
    return names;
  }
};

TEST_CASE("a pool is made, filled, resized and removed, and asked for again nothing is written") {
  Warm bench{};
  const auto made = bench.keep(bench.order(2));
  REQUIRE(made);
  CHECK(made->running + made->creating == 2);
  bench.pass(2min);
  CHECK(bench.keep(bench.order(2)) == StandbyStock{.running = 2});
  CHECK(bench.answers("StandbyContainerGroupPools_CreateOrUpdate") == 1);
  CHECK(bench.answers("CGProfile_CreateOrUpdate") == 1);
  const auto grown = bench.keep(bench.order(3));
  REQUIRE(grown);
  CHECK(grown->running + grown->creating == 3);
  CHECK(bench.answers("CGProfile_CreateOrUpdate") == 1);
  CHECK(bench.keep(bench.order(0)) == StandbyStock{});
  bench.pass(2min);
  CHECK(bench.pools().empty());
  CHECK(bench.keep(bench.order(0)) == StandbyStock{});
}

TEST_CASE(
    "a member is taken at once, with our tags, and a cold group stands in when none is left") {
  Warm bench{};
  const StandbyOrder order{bench.order(1)};
  REQUIRE(bench.keep(order));
  bench.pass(2min);
  REQUIRE(bench.keep(order)->running == 1);
  REQUIRE(bench.create_like(order, "web-1"));
  bench.pass(2s);
  const auto warm = bench.get("web-1");
  REQUIRE(warm);
  CHECK(warm->is_warm);
  CHECK(warm->running == Running::running);
  CHECK(warm->tags.workload == order.workload);
  CHECK_FALSE(warm->ip.empty());
  CHECK(warm->size.vcpu == order.size.vcpu);
  REQUIRE(bench.create_like(order, "web-2"));  // counted here: not even asked of the pool
  bench.pass(2s);
  CHECK_FALSE(bench.get("web-2")->is_warm);
  CHECK(bench.get("web-2")->running != Running::running);
  CHECK(bench.list()->size() == 2);  // members of the pool are not ours to list
}

TEST_CASE("an empty pool that looked full fails the warm create, and the same name starts cold") {
  Warm bench{};
  const StandbyOrder order{bench.order(1)};
  REQUIRE(bench.keep(order));
  bench.pass(2min);
  REQUIRE(bench.keep(order)->running == 1);
  // Somebody else was faster.
  const std::string name{aci::standby_name("test", order)};
  const std::string ids{"/subscriptions/" + subscription + "/resourceGroups/spillway/providers/"};
  const json::object other{
      {"location", "eastus"},
      {"properties",
       {{"standbyPoolProfile",
         {{"id", ids + "Microsoft.StandbyPool/standbyContainerGroupPools/" + name}}},
        {"containerGroupProfile",
         {{"id", ids + "Microsoft.ContainerInstance/containerGroupProfiles/" + name},
          {"revision", 1}}},
        {"containers", {{{"name", "replica"}, {"properties", json::object{}}}}}}}};
  REQUIRE(bench.ask("PUT", "Microsoft.ContainerInstance/containerGroups/other",
                    json::serialize(other), "2025-09-01"));
  REQUIRE(bench.create_like(order, "web-1"));
  bench.pass(2s);
  CHECK_FALSE(bench.get("web-1")->is_warm);
  bench.pass(2min);
  CHECK(bench.get("web-1")->running == Running::running);
  // What it shows is not believed at once: members are charged for, and are no stock.
  const auto stock = bench.keep(order);
  REQUIRE(stock);
  CHECK(stock->running == 0);
  CHECK(stock->creating == 1);
}

TEST_CASE("a lost answer of a take, and a group not visible yet: one group, one member, warm") {
  Warm bench{};
  const StandbyOrder order{bench.order(2)};
  REQUIRE(bench.keep(order));
  bench.pass(2min);
  REQUIRE(bench.keep(order)->running == 2);
  // For as long as the provider tries by itself, and asks for the name.
  const auto until_removed{[&](json::object fault) {
    fault["group"] = "web-1";
    fault["count"] = nullptr;
    bench.cloud->add_fault(fault);
  }};
  SUBCASE("the take was done") {
    until_removed({{"fault", "lost_answer"}, {"method", "PUT"}});
  }
  SUBCASE("it was not") {
    until_removed({{"fault", "lost_request"}, {"method", "PUT"}});
  }
  until_removed(
      {{"fault", "error"}, {"method", "GET"}, {"status", 404}, {"code", "ResourceNotFound"}});
  const auto lost = bench.create_like(order, "web-1");
  REQUIRE_FALSE(lost);
  CHECK((lost.error().code == Errc::timeout || lost.error().code == Errc::unavailable));
  CHECK(bench.get("web-1").error().code == Errc::not_found);  // as the keeper asks
  bench.cloud->clear_faults();
  REQUIRE(bench.create_like(order, "web-1"));
  bench.pass(2s);
  const auto group = bench.get("web-1");
  REQUIRE(group);
  CHECK(group->is_warm);
  CHECK(group->running == Running::running);
  CHECK(group->restarts == 0);
  CHECK(bench.list()->size() == 1);
  bench.pass(2min);
  // One member left the pool, and it was filled again: nothing else bills.
  CHECK(bench.keep(order) == StandbyStock{.running = 2});
  CHECK(bench.names() == std::vector<std::string>{"web-1"});
}

TEST_CASE("a lost answer says nothing about the pool: the next group is taken from it") {
  Warm bench{};
  const StandbyOrder order{bench.order(2)};
  REQUIRE(bench.keep(order));
  bench.pass(2min);
  REQUIRE(bench.keep(order)->running == 2);
  bench.cloud->add_fault({{"fault", "lost_answer"}, {"method", "PUT"}, {"group", "web-1"}});
  CHECK(bench.create_like(order, "web-1"));  // found by its name
  REQUIRE(bench.create_like(order, "web-2"));
  bench.pass(2s);
  CHECK(bench.get("web-1")->is_warm);
  CHECK(bench.get("web-2")->is_warm);
}

TEST_CASE(
    "another image drains the pool and fills it with the new one, and no old member is taken") {
  Warm bench{};
  const StandbyOrder old{bench.order(1)};
  REQUIRE(bench.keep(old));
  bench.pass(2min);
  REQUIRE(bench.keep(old)->running == 1);
  const StandbyOrder young{bench.order(1, "demo/web:2")};
  const auto changed = bench.keep(young);
  REQUIRE(changed);
  CHECK(changed->running == 0);
  REQUIRE(bench.create_like(young, "web-1"));
  bench.pass(2min);
  CHECK_FALSE(bench.get("web-1")->is_warm);
  REQUIRE(bench.keep(young)->running == 1);
  REQUIRE(bench.create_like(old, "web-2"));  // an intent of before the change
  CHECK_FALSE(bench.get("web-2")->is_warm);
}

TEST_CASE("a restarted controller finds its pool as it is, and writes nothing") {
  Warm bench{};
  const StandbyOrder order{bench.order(2)};
  REQUIRE(bench.keep(order));
  bench.pass(2min);
  aci::AciStandby again{
      *bench.connection.arm,
      aci::AciSettings{
          .subscription = subscription, .resource_group = "spillway", .region = "eastus"},
      "test"};
  CHECK(bench.run(again.keep(order, bench.in_a_minute())) == StandbyStock{.running = 2});
  CHECK(bench.answers("StandbyContainerGroupPools_CreateOrUpdate") == 1);
  CHECK(bench.answers("CGProfile_CreateOrUpdate") == 1);
  CHECK(again.take(bench.usual_request("web-1")).has_value() ==
        (bench.usual_request("web-1").tags.template_hash == order.template_hash));
}

TEST_CASE("pools that nobody wants are removed, and somebody else's are left alone") {
  Warm bench{};
  REQUIRE(bench.keep(bench.order(1)));
  StandbyOrder shop{bench.order(1)};
  shop.workload = "shop";
  REQUIRE(bench.keep(shop));
  const json::object foreign{
      {"location", "eastus"},
      {"properties",
       {{"elasticityProfile", {{"maxReadyCapacity", 1}}},
        {"containerGroupProperties",
         {{"containerGroupProfile",
           {{"id", "/subscriptions/" + subscription +
                       "/resourceGroups/spillway/providers/Microsoft.ContainerInstance/"
                       "containerGroupProfiles/" +
                       aci::standby_name("test", shop)}}}}}}}};
  REQUIRE(bench.ask("PUT", "Microsoft.StandbyPool/standbyContainerGroupPools/theirs",
                    json::serialize(foreign)));
  const auto removed =
      bench.run(bench.connection.standby->remove_others({bench.order(1)}, bench.in_a_minute()));
  REQUIRE(removed);
  CHECK(*removed == std::vector<std::string>{aci::standby_name("test", shop)});
  bench.pass(2min);
  CHECK(bench.pools().size() == 2);
}

TEST_CASE("no profile is left behind by a pool that was removed") {
  Warm bench{};
  REQUIRE(bench.keep(bench.order(1)));
  bench.pass(2min);
  REQUIRE(bench.keep(bench.order(0)));  // the pool is still going, and its profile cannot go yet
  const auto profiles = [&] {
    const auto listed =
        bench.ask("GET", "Microsoft.ContainerInstance/containerGroupProfiles", "", "2025-09-01");
    REQUIRE(listed);
    return listed->at("value").as_array().size();
  };
  CHECK(profiles() == 1);
  bench.pass(2min);
  REQUIRE(bench.run(bench.connection.standby->remove_others({}, bench.in_a_minute())));
  CHECK(profiles() == 0);
}

TEST_CASE("what no pool can have is refused before anything is sent") {
  Warm bench{};
  StandbyOrder labelled{bench.order(1)};
  labelled.replica.dns_label = "shop";
  CHECK(bench.keep(labelled).error().code == Errc::bad_request);
  StandbyOrder spot{bench.order(1)};
  spot.place.priority = Priority::spot;
  CHECK(bench.keep(spot).error().code == Errc::bad_request);
  StandbyOrder with_identity{bench.order(1)};
  with_identity.replica.has_system_identity = true;
  CHECK(bench.keep(with_identity).error().code == Errc::bad_request);
  CHECK(bench.answers("CGProfile_CreateOrUpdate") == 0);
}

TEST_CASE("a scale set is read and resized, and nothing else of it is touched") {
  Warm bench{};
  const std::string path{"Microsoft.Compute/virtualMachineScaleSets/vms"};
  const json::object set{{"location", "eastus"},
                         {"sku", {{"name", "Standard_D2s_v5"}, {"capacity", 3}}},
                         {"tags", {{"team", "blue"}}},
                         {"properties", {{"upgradePolicy", {{"mode", "Manual"}}}}}};
  REQUIRE(bench.ask("PUT", path, json::serialize(set), "2024-07-01"));
  bench.pass(10min);
  scale_set::ScaleSet pool{
      *bench.connection.arm,
      {.name = "vms", .subscription = subscription, .resource_group = "spillway"}};
  const auto before = bench.run(pool.observe(bench.in_a_minute()));
  REQUIRE(before);
  CHECK(before->capacity == 3);
  CHECK(before->ready == 3);
  REQUIRE(bench.run(pool.resize(5, bench.in_a_minute())));
  const auto growing = bench.run(pool.observe(bench.in_a_minute()));
  REQUIRE(growing);
  CHECK(growing->capacity == 5);
  CHECK(growing->ready == 3);
  bench.pass(10min);
  CHECK(bench.run(pool.observe(bench.in_a_minute()))->ready == 5);
  const auto shown = bench.ask("GET", path, "", "2024-07-01");
  REQUIRE(shown);
  CHECK(shown->at("tags").at("team") == "blue");
  CHECK(shown->at("sku").at("name") == "Standard_D2s_v5");
  scale_set::ScaleSet missing{
      *bench.connection.arm,
      {.name = "other", .subscription = subscription, .resource_group = "spillway"}};
  CHECK(bench.run(missing.observe(bench.in_a_minute())).error().code == Errc::not_found);
}

}  // namespace
}  // namespace spillway::testing::standby_over_emulator_test
