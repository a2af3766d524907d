// Plans while it is in doubt whether the groups of a region serve.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "controller/core/planner.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::planner_doubt_test {
namespace {

using namespace std::chrono_literals;
using enum GroupPhase;

constexpr TimePoint now{1'795'444'200'000ms};

struct Counts {
  int doubted{0};   ///< serve in the east, in doubt
  int serving{0};   ///< in the west
  int starting{0};  ///< in the west
  int draining{0};  ///< in the east
};

void add(std::vector<Group>& groups, int count, std::string name, GroupPhase phase,
         std::string region) {
  for (int i{0}; i < count; ++i) {
    Group group{.id = {name + std::to_string(i)}, .phase = phase, .template_hash = "current"};
    group.place = {.subscription = "s", .region = region};
    group.created_at = now - 10min;
    group.is_doubted = name == "doubted";
    if (phase == draining) group.draining_since = now - 5s;
    groups.push_back(std::move(group));
  }
}

Fleet fleet_of(const Counts& counts) {
  std::vector<Group> groups{};
  add(groups, counts.doubted, "doubted", serving, "east");
  add(groups, counts.serving, "good", serving, "west");
  add(groups, counts.starting, "new", creating, "west");
  add(groups, counts.draining, "leaving", draining, "east");
  return {.base = BasePool{.ready = {4}}, .burst = std::move(groups)};
}

Decision wants(int burst) {
  return {.at = now, .desired = {burst}, .burst = {burst}};
}

std::vector<Offer> both() {
  return {{.place = {.subscription = "s", .region = "east"}, .is_doubted = true},
          {.place = {.subscription = "s", .region = "west"}}};
}

PlanLimits usual() {
  return {.template_hash = "current", .drain_share_per_tick = 1.0};
}

int creates_in(const Plan& plan, std::string_view region) {
  return static_cast<int>(std::ranges::count_if(
      plan.creates, [&](const CreateGroup& each) { return each.place.region == region; }));
}

int drains_of(const Plan& plan, std::string_view beginning) {
  return static_cast<int>(std::ranges::count_if(
      plan.drains, [&](const DrainGroup& each) { return each.id.name.starts_with(beginning); }));
}

TEST_CASE("doubted groups are covered elsewhere first, and leave as far as others serve") {
  struct Row {
    const char* name;
    Counts there;
    int wanted;
    int creates;  ///< in the west
    int doubted_go;
    int others_go;
  };
  const std::array rows{
      Row{"all in doubt: as many elsewhere, and none leaves", {.doubted = 4}, 4, 4, 0, 0},
      Row{"some in doubt", {.doubted = 2, .serving = 3}, 5, 2, 0, 0},
      Row{"the cover starts: nothing more", {.doubted = 4, .starting = 4}, 4, 0, 0, 0},
      Row{"half of it serves: half of them go",
          {.doubted = 4, .serving = 2, .starting = 2},
          4,
          0,
          2,
          0},
      Row{"all of it serves: all of them go", {.doubted = 4, .serving = 4}, 4, 0, 4, 0},
      Row{"fewer wanted than are in doubt", {.doubted = 6}, 2, 2, 4, 0},
      Row{"none wanted", {.doubted = 3, .serving = 2, .starting = 1}, 0, 0, 3, 3},
      Row{"more wanted: the rest elsewhere, too", {.doubted = 4}, 6, 6, 0, 0},
      Row{"none in doubt", {.serving = 4}, 4, 0, 0, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Plan plan{plan_burst(wants(row.wanted), fleet_of(row.there), both(), usual())};
    CHECK(creates_in(plan, "west") == row.creates);
    CHECK(creates_in(plan, "east") == 0);
    CHECK(drains_of(plan, "doubted") == row.doubted_go);
    CHECK(plan.drains.size() == static_cast<std::size_t>(row.doubted_go + row.others_go));
  }
}

TEST_CASE("with no other region nothing is covered, and what is missing is created there still") {
  std::vector<Offer> east{both().at(0)};
  const Plan plan{plan_burst(wants(5), fleet_of({.doubted = 4}), east, usual())};
  CHECK(creates_in(plan, "east") == 1);
  CHECK(plan.drains.empty());
  CHECK(plan.withheld == std::vector<Withheld>{{4_replicas, Because::probes_doubted}});
}

TEST_CASE("a cover keeps within what may run at all") {
  PlanLimits limits{usual()};
  limits.max_burst = 6;
  const Plan plan{plan_burst(wants(4), fleet_of({.doubted = 4, .draining = 1}), both(), limits)};
  CHECK(creates_in(plan, "west") == 1);
  CHECK(plan.withheld == std::vector<Withheld>{{3_replicas, Because::too_many_replicas}});
}

TEST_CASE("a cover keeps below the ceilings of cost policies") {
  Decision decision{wants(4)};
  decision.desired = 10_replicas;  // 6 of them local
  decision.recommendations.push_back({.policy = "budget", .ceiling = 13_replicas});
  decision.recommendations.push_back({.policy = "price_ceiling", .ceiling = 12_replicas});
  Fleet fleet{fleet_of({.doubted = 4})};
  fleet.base->ready = 6_replicas;
  const Plan plan{plan_burst(decision, fleet, both(), usual())};
  CHECK(creates_in(plan, "west") == 2);
  CHECK(plan.withheld == std::vector<Withheld>{{2_replicas, Because::too_many_replicas}});
}

TEST_CASE("what drains in a doubted region is not taken back as a cover") {
  const Plan plan{plan_burst(wants(5), fleet_of({.doubted = 4, .draining = 2}), both(), usual())};
  CHECK(plan.readmits.empty());
  CHECK(creates_in(plan, "west") == 5);
}

TEST_CASE("in doubt and blind, or with an old listing, it is covered and nothing leaves") {
  PlanLimits limits{usual()};
  limits.is_listing_stale = true;
  const Fleet fleet{fleet_of({.doubted = 4, .serving = 3})};
  const Plan plan{plan_burst(wants(4), fleet, both(), limits)};
  CHECK(creates_in(plan, "west") == 1);
  CHECK(plan.drains.empty());
  Decision blind{wants(4)};
  blind.is_blind = true;
  CHECK(plan_burst(blind, fleet, both(), usual()).drains.empty());
}

TEST_CASE("a doubted region drains no more than its share in a tick") {
  PlanLimits limits{usual()};
  limits.drain_share_per_tick = 0.25;
  const Plan plan{plan_burst(wants(4), fleet_of({.doubted = 4, .serving = 4}), both(), limits)};
  CHECK(drains_of(plan, "doubted") == 2);
}

TEST_CASE("what scales out and what covers share the tokens and the quota of one plan") {
  PlanLimits limits{usual()};
  limits.create_tokens = 6;
  std::vector<Offer> offers{both()};
  for (Offer& offer : offers) offer.quota_left = 4;
  const Plan plan{plan_burst(wants(7), fleet_of({.doubted = 4}), offers, limits)};
  CHECK(plan.creates.size() <= 6);
  CHECK(creates_in(plan, "west") == 4);
}

TEST_CASE("the doubted and the others share what may leave in a tick") {
  PlanLimits limits{usual()};
  limits.drain_share_per_tick = 0.25;
  const Plan plan{plan_burst(wants(0), fleet_of({.doubted = 4, .serving = 4}), both(), limits)};
  CHECK(plan.drains.size() == 2);
}

TEST_CASE("what cannot be listed stays, and others leave as far as what is seen serves") {
  struct Row {
    const char* name;
    int unlisted;  ///< in the east, of which
    int unsure;    ///< no probe has passed
    int listed;    ///< in the west
    int wanted;
    int drained;  ///< of the listed
    int withheld;
  };
  const std::array rows{
      Row{"all of the surplus is listed", 3, 0, 3, 3, 3, 0},
      Row{"some of it is not", 3, 0, 3, 2, 3, 1},
      Row{"nobody sees the others: the listed ones stay", 3, 3, 3, 3, 0, 0},
      Row{"one of them is not seen", 3, 1, 3, 3, 2, 0},
      Row{"only unlisted ones: nothing leaves", 3, 0, 0, 1, 0, 2},
      Row{"none too many", 3, 0, 3, 6, 0, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    std::vector<Group> groups{};
    add(groups, row.unlisted, "unlisted", serving, "east");
    for (int i{0}; i < row.unlisted; ++i) {
      groups[static_cast<std::size_t>(i)].is_unlisted = true;
      groups[static_cast<std::size_t>(i)].is_unsure = i < row.unsure;
    }
    add(groups, row.listed, "good", serving, "west");
    const Fleet fleet{.base = BasePool{.ready = {4}}, .burst = groups};
    const Plan plan{plan_burst(wants(row.wanted), fleet, both(), usual())};
    CHECK(drains_of(plan, "good") == row.drained);
    CHECK(drains_of(plan, "unlisted") == 0);
    CHECK(plan.creates.empty());
    const bool is_told{std::ranges::any_of(plan.withheld, [&](const Withheld& each) {
      return each == Withheld{Replicas{-row.withheld}, Because::fleet_unknown};
    })};
    CHECK(is_told == (row.withheld > 0));
  }
}

TEST_CASE("no template rolls while a group cannot be listed") {
  std::vector<Group> groups{};
  add(groups, 2, "old", serving, "west");
  for (Group& group : groups) group.template_hash = "old";
  add(groups, 1, "unlisted", serving, "east");
  groups.back().is_unlisted = true;
  PlanLimits limits{usual()};
  limits.roll = RollLimits{.max_surge = 1, .max_unavailable = 1};
  const Fleet fleet{.base = BasePool{.ready = {4}}, .burst = groups};
  CHECK(plan_burst(wants(3), fleet, both(), limits).is_empty());
}

TEST_CASE("the surge replica of a roll is no surplus while a group cannot be listed") {
  std::vector<Group> groups{};
  add(groups, 2, "old", serving, "west");
  for (Group& group : groups) group.template_hash = "old";
  add(groups, 1, "unlisted", serving, "east");
  groups.back().is_unlisted = true;
  groups.back().serving_since = now - 5min;
  add(groups, 1, "surge", creating, "west");
  PlanLimits limits{usual()};
  limits.roll = RollLimits{.max_surge = 1};
  const Fleet fleet{.base = BasePool{.ready = {4}}, .burst = groups};
  CHECK(plan_burst(wants(3), fleet, both(), limits).is_empty());
  // Once it has settled, an old one leaves in its place: that much is seen.
  std::vector<Group> settled{groups};
  settled.back().phase = serving;
  settled.back().serving_since = now - 1min;
  const Fleet later{.base = BasePool{.ready = {4}}, .burst = settled};
  const Plan plan{plan_burst(wants(3), later, both(), limits)};
  CHECK(plan.creates.empty());
  REQUIRE(plan.drains.size() == 1);
  CHECK(plan.drains.at(0).id.name.starts_with("old"));
}

TEST_CASE("the surge replica of a roll is no surplus while a region is in doubt") {
  std::vector<Group> groups{};
  add(groups, 4, "doubted", serving, "east");
  for (Group& group : groups) group.template_hash = "old";
  add(groups, 3, "good", serving, "west");
  add(groups, 1, "surge", creating, "west");
  PlanLimits limits{usual()};
  limits.roll = RollLimits{.max_surge = 1};
  const Fleet fleet{.base = BasePool{.ready = {4}}, .burst = groups};
  const Plan plan{plan_burst(wants(3), fleet, both(), limits)};
  CHECK(drains_of(plan, "surge") == 0);
  CHECK(drains_of(plan, "good") == 0);
}

TEST_CASE("a ceiling leaves no more to a cover because the cluster cannot be seen") {
  Decision decision{wants(10)};
  decision.desired = 0_replicas;  // nothing is known but what runs
  decision.recommendations.push_back({.policy = "marginal_value", .ceiling = 12_replicas});
  Fleet fleet{fleet_of({.doubted = 10})};
  fleet.base.reset();
  const Plan plan{plan_burst(decision, fleet, both(), usual())};
  CHECK(creates_in(plan, "west") == 2);
}

TEST_CASE("a ceiling leaves no less to a cover because more was wanted than may burst") {
  Decision decision{wants(10)};
  decision.desired = 30_replicas;  // 4 on the cluster, and 26 of which max_burst took 16
  decision.recommendations.push_back({.policy = "budget", .ceiling = 20_replicas});
  const Plan plan{plan_burst(decision, fleet_of({.doubted = 10}), both(), usual())};
  CHECK(creates_in(plan, "west") == 6);
}

}  // namespace
}  // namespace spillway::planner_doubt_test
