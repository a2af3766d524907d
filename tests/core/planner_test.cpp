#include "controller/core/planner.hpp"

#include <set>
#include <string>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::planner_test {
namespace {

using namespace std::chrono_literals;
using enum GroupPhase;

constexpr TimePoint now{1'795'444'200'000ms};

Decision wants(int burst) {
  return {.at = now, .desired = {burst}, .burst = {burst}};
}

Group group(std::string name, GroupPhase phase, Duration age = 10min) {
  return {
      .id = {std::move(name)}, .phase = phase, .template_hash = "current", .created_at = now - age};
}

Group draining_for(std::string name, Duration time) {
  Group draining_group{group(std::move(name), draining)};
  draining_group.draining_since = now - time;
  return draining_group;
}

Group busy(std::string name, int in_flight, Duration age = 10min) {
  Group busy_group{group(std::move(name), serving, age)};
  busy_group.in_flight = in_flight;
  return busy_group;
}

Fleet fleet_of(std::vector<Group> groups) {
  return {.base = BasePool{.ready = {6}}, .burst = std::move(groups)};
}

Offer offer(std::string region) {
  return {.place = {.subscription = "s", .region = std::move(region)}, .price = {usd(0.05)}};
}

PlanLimits usual() {
  return {.template_hash = "current"};
}

std::vector<std::string> names(const std::vector<DrainGroup>& drains) {
  std::vector<std::string> names{};
  for (const DrainGroup& drain : drains) names.push_back(drain.id.name);
  return names;
}

std::vector<std::string> regions(const std::vector<CreateGroup>& creates) {
  std::vector<std::string> regions{};
  for (const CreateGroup& create : creates) regions.push_back(create.place.region);
  return regions;
}

using Names = std::vector<std::string>;

TEST_CASE("5 wanted, 2 serving, 1 draining: readmit 1, create 2") {
  const Fleet fleet{fleet_of({group("a", serving), group("b", serving), draining_for("c", 10s)})};
  const Plan plan{plan_burst(wants(5), fleet, {offer("eastus")}, usual())};
  REQUIRE(plan.readmits.size() == 1);
  CHECK(plan.readmits[0].id == GroupId{"c"});
  CHECK(plan.creates.size() == 2);
  CHECK(plan.drains.empty());
  CHECK(plan.withheld.empty());
}

TEST_CASE("the newest drain is taken back first, and no more than are missing") {
  const Fleet fleet{
      fleet_of({draining_for("old", 50s), draining_for("new", 5s), draining_for("middle", 20s)})};
  const Plan plan{plan_burst(wants(2), fleet, {offer("eastus")}, usual())};
  REQUIRE(plan.readmits.size() == 2);
  CHECK(plan.readmits[0].id == GroupId{"new"});
  CHECK(plan.readmits[1].id == GroupId{"middle"});
  CHECK(plan.creates.empty());
}

TEST_CASE("a draining group of an outdated template is not taken back") {
  Group outdated{draining_for("c", 5s)};
  outdated.template_hash = "outdated";
  const Plan plan{plan_burst(wants(1), fleet_of({outdated}), {offer("eastus")}, usual())};
  CHECK(plan.readmits.empty());
  CHECK(plan.creates.size() == 1);
}

TEST_CASE("groups that are starting count, so nothing is created twice") {
  const Fleet fleet{fleet_of({group("a", intended), group("b", creating), group("c", probing)})};
  CHECK(plan_burst(wants(3), fleet, {offer("eastus")}, usual()).is_empty());
}

TEST_CASE("groups that failed, vanished or are stuck are no capacity and are replaced") {
  const Fleet fleet{fleet_of({group("a", failed), group("b", evicted), group("c", stuck)})};
  CHECK(plan_burst(wants(3), fleet, {offer("eastus")}, usual()).creates.size() == 3);
}

TEST_CASE("creates stop at the provider's create rate, and say so") {
  PlanLimits limits{usual()};
  limits.create_tokens = 2;
  const Plan plan{plan_burst(wants(5), fleet_of({}), {offer("eastus")}, limits)};
  CHECK(plan.creates.size() == 2);
  REQUIRE(plan.withheld.size() == 1);
  CHECK(plan.withheld[0] == Withheld{.count = {3}, .because = Because::create_tokens_spent});
}

TEST_CASE("while a refusal was tried once the rest was said to lack create tokens") {
  PlanLimits limits{usual()};
  limits.create_tokens = 1;
  limits.is_trial = true;
  const Plan plan{plan_burst(wants(5), fleet_of({}), {offer("eastus")}, limits)};
  CHECK(plan.creates.size() == 1);
  REQUIRE(plan.withheld.size() == 1);
  CHECK(plan.withheld[0] == Withheld{.count = {4}, .because = Because::trial_create});
  CHECK(summary(plan) == "create 1, withhold 4 (TrialCreate)");
}

TEST_CASE("a used-up quota sends the rest to the next offer") {
  Offer first{offer("eastus")};
  first.quota_left = 1;
  Plan plan{plan_burst(wants(3), fleet_of({}), {first, offer("westus")}, usual())};
  CHECK(regions(plan.creates) == Names{"eastus", "westus", "westus"});
  CHECK(plan.withheld.empty());

  plan = plan_burst(wants(3), fleet_of({}), {first}, usual());
  CHECK(plan.creates.size() == 1);
  CHECK(plan.withheld == std::vector{Withheld{.count = {2}, .because = Because::quota_reached}});
}

TEST_CASE("closed offers are skipped, and the last obstacle is told when all are closed") {
  Offer closed{offer("eastus")};
  closed.closed_because = Because::create_refused;
  Plan plan{plan_burst(wants(2), fleet_of({}), {closed, offer("westus")}, usual())};
  CHECK(regions(plan.creates) == Names{"westus", "westus"});

  plan = plan_burst(wants(2), fleet_of({}), {closed}, usual());
  CHECK(plan.is_empty());
  CHECK(plan.withheld == std::vector{Withheld{.count = {2}, .because = Because::create_refused}});

  // Without a provider nothing is at fault: it fired the alert that no place takes replicas.
  plan = plan_burst(wants(2), fleet_of({}), {}, usual());
  CHECK(plan.withheld == std::vector{Withheld{.count = {2}, .because = Because::observe_only}});
}

TEST_CASE("no more groups are created than the balancers have room for") {
  PlanLimits limits{usual()};
  limits.traffic_slots = 3;
  const Fleet fleet{fleet_of({group("a", serving), group("b", probing)})};
  const Plan plan{plan_burst(wants(5), fleet, {offer("eastus")}, limits)};
  CHECK(plan.creates.size() == 1);
  CHECK(plan.withheld == std::vector{Withheld{.count = {2}, .because = Because::traffic_full}});
}

TEST_CASE("what serves without traffic is no capacity, and leaves once it has waited") {
  Group waiting{group("b", serving)};
  waiting.has_traffic = false;
  waiting.serving_since = now - 90s;
  const Fleet fleet{fleet_of({group("a", serving), waiting})};
  CHECK(count_burst(*fleet.burst) == BurstCount{.serving = {1}, .waiting = {1}});
  CHECK(fleet.total() == Replicas{7});
  PlanLimits limits{usual()};
  limits.traffic_slots = 1;
  CHECK(plan_burst(wants(2), fleet, {offer("eastus")}, limits).is_empty());
  waiting.serving_since = now - 2min;
  const Plan late{plan_burst(wants(2), fleet_of({group("a", serving), waiting}), {}, limits)};
  CHECK(names(late.drains) == Names{"b"});
  CHECK(late.drains[0].because == Because::traffic_full);
}

TEST_CASE("while a balancer is silent only what does not serve is let go") {
  PlanLimits limits{usual()};
  limits.is_traffic_unknown = true;
  const Fleet fleet{fleet_of({group("a", serving), group("b", serving), group("c", probing)})};
  const Plan plan{plan_burst(wants(0), fleet, {}, limits)};
  CHECK(names(plan.drains) == Names{"c"});
  CHECK(plan.withheld == std::vector{Withheld{.count = {-2}, .because = Because::traffic_unknown}});
}

TEST_CASE("larger sizes need fewer groups and fewer tokens") {
  Offer large{offer("eastus")};
  large.size.replicas = {4};
  PlanLimits limits{usual()};
  limits.create_tokens = 3;
  const Plan plan{plan_burst(wants(10), fleet_of({}), {large}, limits)};
  CHECK(plan.creates.size() == 3);
  CHECK(plan.withheld.empty());
}

TEST_CASE("a size of several replicas does not exceed what may be wanted, and a smaller one does") {
  Offer large{offer("eastus")};
  large.size.replicas = {4};
  PlanLimits limits{usual()};
  limits.most_wanted = 10;
  const Plan alone{plan_burst(wants(10), fleet_of({}), {large}, limits)};
  CHECK(alone.creates.size() == 2);
  CHECK(alone.withheld == std::vector<Withheld>{{2_replicas, Because::too_many_replicas}});
  const Plan both{plan_burst(wants(10), fleet_of({}), {large, offer("eastus")}, limits)};
  CHECK(both.creates.size() == 4);
  CHECK(both.withheld.empty());
  const Plan with_room{plan_burst(wants(7), fleet_of({}), {large}, limits)};
  CHECK(with_room.creates.size() == 2);  // 8 are within 10
}

TEST_CASE("who leaves: first what never served, then outdated, then idle, then new") {
  Group outdated{busy("outdated", 9)};
  outdated.template_hash = "outdated";
  const Fleet fleet{fleet_of({busy("busy", 7), group("silent", serving), busy("idle-old", 0, 1h),
                              busy("idle-new", 0, 1min), outdated, group("starting", creating)})};
  PlanLimits limits{usual()};
  limits.drain_share_per_tick = 1.0;
  const Plan plan{plan_burst(wants(0), fleet, {}, limits)};
  CHECK(names(plan.drains) ==
        Names{"starting", "outdated", "idle-new", "idle-old", "busy", "silent"});
  CHECK(plan.withheld.empty());
}

TEST_CASE("one tick drains at most its share of what serves, at least one") {
  std::vector<Group> groups{};
  for (int i{0}; i < 9; ++i) groups.push_back(group("g" + std::to_string(i), serving));
  Plan plan{plan_burst(wants(0), fleet_of(groups), {}, usual())};
  CHECK(plan.drains.size() == 4);
  CHECK(plan.withheld == std::vector{Withheld{.count = {-5}, .because = Because::blast_radius}});

  groups.resize(1);
  plan = plan_burst(wants(0), fleet_of(groups), {}, usual());
  CHECK(plan.drains.size() == 1);
  CHECK(plan.withheld.empty());
}

TEST_CASE("large groups do not slip past the blast radius") {
  std::vector<Group> groups{};
  for (int i{0}; i < 5; ++i) {
    groups.push_back(group("g" + std::to_string(i), serving));
    groups.back().size.replicas = {2};
  }
  const Plan plan{plan_burst(wants(0), fleet_of(groups), {}, usual())};
  CHECK(plan.drains.size() == 2);  // 4 of 10 replicas; a third group would make it 6
  CHECK(plan.withheld == std::vector{Withheld{.count = {-6}, .because = Because::blast_radius}});
}

TEST_CASE("removing what never served is no blast: all of it may leave in one tick") {
  std::vector<Group> groups{};
  for (int i{0}; i < 8; ++i) groups.push_back(group("g" + std::to_string(i), creating));
  const Plan plan{plan_burst(wants(0), fleet_of(groups), {}, usual())};
  CHECK(plan.drains.size() == 8);
}

TEST_CASE("a group larger than the surplus stays: never fewer than wanted") {
  Group large{group("large", serving)};
  large.size.replicas = {4};
  const Plan plan{plan_burst(wants(3), fleet_of({large}), {}, usual())};
  CHECK(plan.is_empty());
  CHECK(plan.withheld.empty());
}

TEST_CASE("nothing is drained blind, on an old listing, or while paused") {
  const Fleet fleet{fleet_of({group("a", serving), group("b", serving), group("c", serving)})};
  Decision blind{wants(1)};
  blind.is_blind = true;
  Plan plan{plan_burst(blind, fleet, {}, usual())};
  CHECK(plan.is_empty());
  CHECK(plan.withheld == std::vector{Withheld{.count = {-2}, .because = Because::no_data}});

  PlanLimits limits{usual()};
  limits.is_listing_stale = true;
  plan = plan_burst(wants(1), fleet, {}, limits);
  CHECK(plan.is_empty());
  CHECK(plan.withheld == std::vector{Withheld{.count = {-2}, .because = Because::fleet_unknown}});

  limits = usual();
  limits.is_scale_in_paused = true;
  plan = plan_burst(wants(1), fleet, {}, limits);
  CHECK(plan.is_empty());
  CHECK(plan.withheld == std::vector{Withheld{.count = {-2}, .because = Because::paused}});
}

TEST_CASE("growing goes on blind and on an old listing") {
  Decision blind{wants(2)};
  blind.is_blind = true;
  PlanLimits limits{usual()};
  limits.is_listing_stale = true;
  CHECK(plan_burst(blind, fleet_of({}), {offer("eastus")}, limits).creates.size() == 2);
}

TEST_CASE("a pause of scale-out stops creates and readmits, not scale-in") {
  PlanLimits limits{usual()};
  limits.is_scale_out_paused = true;
  const Fleet fleet{fleet_of({group("a", serving), draining_for("b", 5s)})};
  const Plan plan{plan_burst(wants(3), fleet, {offer("eastus")}, limits)};
  CHECK(plan.is_empty());
  CHECK(plan.withheld == std::vector{Withheld{.count = {2}, .because = Because::paused}});
  CHECK(plan_burst(wants(0), fleet, {}, limits).drains.size() == 1);
}

TEST_CASE("a provider that could not be listed gets no creates: they might be paid twice") {
  const Plan plan{plan_burst(wants(4), Fleet{.base = BasePool{}}, {offer("eastus")}, usual())};
  CHECK(plan.is_empty());
  CHECK(plan.withheld == std::vector{Withheld{.count = {4}, .because = Because::fleet_unknown}});
}

TEST_CASE("names are new, unique, and good at the provider") {
  const Plan first{plan_burst(wants(3), fleet_of({}), {offer("eastus")}, usual())};
  std::vector<Group> groups{};
  std::set<std::string> taken{};
  for (const CreateGroup& create : first.creates) {
    CHECK(taken.insert(create.id.name).second);
    CHECK(create.id.name.starts_with("spillway-"));
    CHECK(create.id.name.size() <= 63);
    CHECK(create.id.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
          std::string::npos);
    groups.push_back(group(create.id.name, failed));
  }
  // The same instant again, with those names in use: a replay never collides.
  const Plan second{plan_burst(wants(3), fleet_of(groups), {offer("eastus")}, usual())};
  for (const CreateGroup& create : second.creates) CHECK(taken.insert(create.id.name).second);
  CHECK(taken.size() == 6);
}

}  // namespace
}  // namespace spillway::planner_test
