// Resource groups that the settings named once: what is ours there goes on, and nothing else does.
#include "controller/provider/aci/former_scopes.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "controller/provider/aci/aci_standby.hpp"
#include "tests/provider/provider_rig.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::former_scopes_test {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const std::string old_path{
    "/subscriptions/sub/resourceGroups/before/providers/Microsoft.ContainerInstance/"
    "containerGroups"};
const std::string no_group{
    R"({"error":{"code":"ResourceGroupNotFound","message":"Resource group 'before' could not be found."}})"};
const std::string no_right{R"({"error":{"code":"AuthorizationFailed","message":"no"}})"};
const std::string missing{R"({"error":{"code":"ResourceNotFound","message":"no"}})"};

std::string page(const std::string& groups) {
  return R"({"value":[)" + groups + "]}";
}

/// The settings have `sub`/`burst` now and had `sub`/`before`.
struct Moved : rig::ProviderRig {
  Moved() {
    provider.also_look_in(former);
    former.look_in(
        {{"sub", "before"}},
        {.on_forgotten = [this](const Scope& scope) { forgotten.push_back(scope.resource_group); },
         .on_denied = [this](const Scope&, const Error& error) { denied.push_back(error); }});
  }
  Result<Listing> list_all() { return clock.run(provider.list(in_a_minute())); }
  /// A listing that shows `groups` in the former scope and nothing in today's.
  Result<Listing> list_with(int status, std::string answer) {
    http.answer(200, page(""));
    http.answer(status, std::move(answer));
    return list_all();
  }

  FormerScopes former{clock};
  Names forgotten{};
  std::vector<Error> denied{};
};

TEST_CASE("after the resource group changed its groups were called gone, and ran for ever") {
  Moved world{};
  const auto listed = world.list_with(200, page(Moved::group("web-1", "Succeeded")));
  REQUIRE(listed);
  REQUIRE(listed->groups.size() == 1);
  CHECK(listed->groups.at(0).id.name == "web-1");
  CHECK(listed->groups.at(0).place.subscription == "sub");
  CHECK(listed->is_whole());
  CHECK(world.asked(1) == "GET " + old_path);

  world.http.answer(200, R"({"content":"line\n"})");
  CHECK(world.clock.run(world.provider.logs({"web-1"}, 20, world.in_a_minute())));
  CHECK(world.asked(2) == "GET " + old_path + "/web-1/containers/replica/logs");
  world.http.answer(200, Moved::group("web-1", "Succeeded"));
  world.http.answer(202, "");
  CHECK(world.remove("web-1"));
  CHECK(world.asked(4) == "DELETE " + old_path + "/web-1");
}

TEST_CASE("what no listing has shown yet is found in the former resource group by its name") {
  Moved world{};
  world.http.answer(404, missing);
  world.http.answer(200, Moved::group("web-1", "Succeeded"));
  CHECK(world.get("web-1"));
  CHECK(world.asked(1) == "GET " + old_path + "/web-1");

  world.http.answer(404, missing);
  world.http.answer(200, Moved::group("web-2", "Succeeded"));
  world.http.answer(200, R"({"content":"line\n"})");
  CHECK(world.clock.run(world.provider.logs({"web-2"}, 20, world.in_a_minute())));
  CHECK(world.asked(4) == "GET " + old_path + "/web-2/containers/replica/logs");
}

TEST_CASE("nothing is created in a former resource group") {
  Moved world{};
  world.http.answer(201, Moved::group("web-1", "Pending"));
  REQUIRE(world.create("web-1"));
  CHECK(world.http.requests.size() == 1);
  CHECK(world.asked(0).find("/resourceGroups/burst/") != std::string::npos);
}

TEST_CASE("a former resource group is forgotten once it was empty for a while, and no sooner") {
  Moved world{};
  REQUIRE(world.list_with(200, page("")));
  world.clock.advance_by(5min);
  REQUIRE(world.list_with(200, page(Moved::group("late", "Pending"))));  // it came late
  world.clock.advance_by(5min);
  REQUIRE(world.list_with(200, page("")));
  world.clock.advance_by(5min);
  REQUIRE(world.list_with(200, page("")));
  CHECK(world.forgotten.empty());
  world.clock.advance_by(1min);
  REQUIRE(world.list_with(200, page(Moved::group("theirs", "Succeeded", "other"))));
  CHECK(world.forgotten == Names{"before"});
  world.http.answer(200, page(""));
  REQUIRE(world.list_all());
  CHECK(world.http.left() == 0);
  CHECK(world.former.all().empty());
}

TEST_CASE("a former resource group that was deleted is empty, and its groups are gone") {
  Moved world{};
  const auto listed = world.list_with(404, no_group);
  REQUIRE(listed);
  CHECK(listed->is_whole());
  world.http.answer(404, missing);
  world.http.answer(404, no_group);
  CHECK(world.get("web-1").error().code == Errc::not_found);
  world.clock.advance_by(6min);
  REQUIRE(world.list_with(404, no_group));
  CHECK(world.forgotten == Names{"before"});
}

TEST_CASE("a former resource group without rights leaves the rest listed, and no group gone") {
  Moved world{};
  for (int round{0}; round < 3; ++round) {
    world.http.answer(200, page(Moved::group("web-2", "Succeeded")));
    world.http.answer(403, no_right);
    const auto listed = world.list_all();
    REQUIRE(listed);
    CHECK(listed->groups.size() == 1);
    REQUIRE(listed->unlisted.size() == 1);
    CHECK(listed->unlisted.at(0).places.empty());  // today's places are all known
    CHECK(listed->unlisted.at(0).error.code == Errc::denied);
    world.clock.advance_by(10min);
  }
  CHECK(world.forgotten.empty());
  world.http.answer(404, missing);
  world.http.answer(403, no_right);
  CHECK(world.get("web-1").error().code == Errc::denied);
  world.http.answer(404, missing);
  world.http.answer(403, no_right);
  CHECK(world.remove("web-1").error().code == Errc::denied);
}

TEST_CASE("the standby pool of a former resource group was billed for ever") {
  rig::ArmRig world{};
  FormerScopes former{world.clock};
  AciStandby standby{world.arm, rig::ArmRig::settings(), "prod"};
  standby.also_look_in(former);
  Names forgotten{};
  former.look_in({{"sub", "denied"}, {"sub", "before"}}, {.on_forgotten = [&](const Scope& scope) {
                   forgotten.push_back(scope.resource_group);
                 }});
  const auto sweep = [&] {
    return world.clock.run(standby.remove_others({}, world.in_a_minute()));
  };
  const std::string pool{R"({"name":"sw-web","tags":{"spillway-owner":"prod"},"properties":{}})"};
  const auto today_is_empty = [&] {
    world.http.answer(200, page(""));
    world.http.answer(200, page(""));
    world.http.answer(403, no_right);  // one that may not be looked at leaves the next one
  };
  today_is_empty();
  world.http.answer(200, page(pool));
  world.http.answer(202, "");
  world.http.answer(204, "");
  world.http.answer(200, page(""));
  CHECK(sweep().error().code == Errc::denied);
  CHECK(world.http.left() == 0);
  const auto& erase = world.http.requests.at(4);
  CHECK(erase.method == "DELETE");
  CHECK(erase.url.target.find("/resourceGroups/before/providers/Microsoft.StandbyPool/"
                              "standbyContainerGroupPools/sw-web") != std::string::npos);
  for (int round{0}; round < 2; ++round) {
    CHECK(forgotten.empty());
    world.clock.advance_by(10min);
    today_is_empty();
    world.http.answer(200, page(""));
    world.http.answer(200, page(""));
    CHECK(sweep().error().code == Errc::denied);
  }
  CHECK(forgotten == Names{"before"});
}

TEST_CASE("every witness has to find a former scope empty before it is forgotten") {
  rig::ArmRig world{};
  FormerScopes former{world.clock};
  const int groups{former.add_witness()};
  const int pools{former.add_witness()};
  const Scope scope{"sub", "before"};
  former.look_in({scope});
  for (int round{0}; round < 5; ++round) {
    former.found(scope, groups, true);
    world.clock.advance_by(5min);
  }
  former.found(scope, pools, false);
  former.found(scope, groups, true);
  CHECK(former.all().size() == 1);
  former.found(scope, pools, true);
  world.clock.advance_by(10min);
  former.found(scope, pools, true);
  CHECK(former.all().empty());
  former.found(scope, pools, true);  // an answer that comes late
}

TEST_CASE("a former resource group that stayed denied was asked for ever, at every listing") {
  Moved world{};
  const auto list{[&](bool is_asked) {
    world.http.answer(200, page(""));
    if (is_asked) world.http.answer(403, no_right);
    const auto listed = world.list_all();
    REQUIRE(listed);
    CHECK(listed->unlisted.size() == 1);  // what is there is not gone, asked or not
    CHECK(world.http.left() == 0);
  }};
  for (const auto pause : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min}) {
    CAPTURE(pause.count());
    list(true);
    world.clock.advance_by(pause - 1s);
    list(false);
    // Nor for a group that nobody has seen.
    world.http.answer(404, missing);
    CHECK(world.get("web-1").error().code == Errc::denied);
    CHECK(world.http.left() == 0);
    world.clock.advance_by(1s);
  }
  CHECK(world.denied.size() == 1);
  CHECK(world.denied.at(0).context.find("AuthorizationFailed") != std::string::npos);
  CHECK(world.former.accounts().at(0).trouble.has_value());
  list(true);
  world.former.look_again();  // a reload
  REQUIRE(world.list_with(200, page(Moved::group("web-1", "Succeeded"))));
  CHECK_FALSE(world.former.accounts().at(0).trouble.has_value());
  CHECK(world.former.accounts().at(0).holds_something);
  list(true);
  CHECK(world.denied.size() == 2);  // it was seen in between
  world.clock.advance_by(59s);
  list(false);
}

TEST_CASE("the pools of a former resource group that is denied are not asked for each time") {
  Moved world{};
  AciStandby standby{world.arm, rig::ProviderRig::settings(), "prod"};
  standby.also_look_in(world.former);
  const auto sweep{[&] { return world.clock.run(standby.remove_others({}, world.in_a_minute())); }};
  const auto answer_current{[&] {
    world.http.answer(200, page(""));
    world.http.answer(200, page(""));
  }};
  answer_current();
  world.http.answer(403, no_right);
  CHECK(sweep().error().code == Errc::denied);
  answer_current();
  CHECK(sweep());
  world.http.answer(200, page(""));
  CHECK(world.clock.run(standby.list_pools(world.in_a_minute())).error().code == Errc::denied);
  CHECK(world.http.left() == 0);
}

TEST_CASE("pools are listed where they are, and one is removed only if it is ours") {
  Moved world{};
  AciStandby standby{world.arm, rig::ProviderRig::settings(), "prod"};
  standby.also_look_in(world.former);
  const auto pool{[](const std::string& name, const std::string& owner) {
    return R"({"name":")" + name + R"(","tags":{"spillway-owner":")" + owner +
           R"(","spillway-workload":"web"},"properties":{"provisioningState":"Succeeded"}})";
  }};
  world.http.answer(200, page(pool("sw-1", "prod") + "," + pool("sw-2", "other")));
  world.http.answer(200, page(pool("sw-3", "prod")));
  world.http.answer(200, page(""));  // profiles of the former one
  const auto listed = world.clock.run(standby.list_pools(world.in_a_minute()));
  REQUIRE(listed);
  REQUIRE(listed->size() == 2);
  CHECK(listed->at(0) == OwnPool{"sw-1", "web", "sub", "burst", false});
  CHECK(listed->at(1) == OwnPool{"sw-3", "web", "sub", "before", true});
  world.http.answer(200, pool("sw-3", "prod"));
  world.http.answer(202, "");
  world.http.answer(202, "");
  CHECK(world.clock.run(standby.remove_pool(listed->at(1), world.in_a_minute())));
  CHECK(world.http.requests.at(4).method == "DELETE");
  world.http.answer(200, pool("sw-1", "other"));
  CHECK(world.clock.run(standby.remove_pool(listed->at(0), world.in_a_minute())).error().code ==
        Errc::denied);
  CHECK(world.http.left() == 0);
}

TEST_CASE("scopes are kept as text, and a damaged one loses what cannot be read") {
  const std::vector<Scope> scopes{{"0000-1", "burst"}, {"0000-1", "Burst_(2).x"}};
  CHECK(scopes_from_text(to_text(scopes)) == scopes);
  struct {
    const char* name;
    std::string text;
    std::size_t left;
  } const rows[]{
      {"nothing", "", 0},
      {"no tab", "sub burst\n", 0},
      {"a column too many", "sub\tburst\tx\n", 0},
      {"a path", "sub\t../../other\n", 0},
      {"a query", "sub?x=1\tburst\n", 0},
      {"empty", "\tburst\nsub\t\n", 0},
      {"cut off", "sub\tburst\nsub\tbef", 2},
      {"bytes", std::string("\0\xff\t\x01\nsub\tburst\n", 14), 1},
      {"twice, in another case", "sub\tburst\nSUB\tBURST\n", 1},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(scopes_from_text(row.text).size() == row.left);
  }
  std::string many{};
  for (int i{0}; i < 10'000; ++i) many += "sub\trg-" + std::to_string(i) + "\n";
  CHECK(scopes_from_text(many).size() == 64);
}

TEST_CASE("whatever is read from a damaged text is written again as it was read") {
  const std::string whole{to_text({{"0000-1", "burst"}, {"0000-2", "other(1)"}})};
  for (std::size_t at{0}; at < whole.size(); ++at) {
    for (int byte{0}; byte < 256; ++byte) {
      std::string damaged{whole};
      damaged[at] = static_cast<char>(byte);
      const auto read = scopes_from_text(damaged);
      if (read.size() > 2 || scopes_from_text(to_text(read)) != read) FAIL(damaged);
    }
    CHECK(scopes_from_text(whole.substr(0, at)).size() <= 2);
  }
}

TEST_CASE("another case of the letters is no other resource group") {
  CHECK(not_among({{"SUB", "Burst"}, {"sub", "old"}, {"sub", "OLD"}}, {{"sub", "burst"}}) ==
        std::vector<Scope>{{"sub", "old"}});
}

}  // namespace
}  // namespace spillway::aci::former_scopes_test
