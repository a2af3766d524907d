// What holds for every plan, over generated fleets, offers and limits.

#include "controller/core/planner.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::planner_test {
namespace {

using testing::for_each_seed;
using testing::Gen;

struct Case {
  Decision decision{};
  Fleet fleet{};
  std::vector<Offer> offers{};
  PlanLimits limits{};

  Plan plan() const { return plan_burst(decision, fleet, offers, limits); }
};

/// Groups and offers of one size.
Case case_of(Gen& gen) {
  Case one{};
  one.decision.at = gen.instant();
  one.decision.burst = {gen.integer(0, 15)};
  one.decision.is_blind = gen.chance(0.2);
  const GroupSize size{.replicas = {gen.chance(0.7) ? 1 : gen.integer(2, 4)}};
  one.fleet.base = gen.base();
  one.fleet.burst = gen.groups(one.decision.at, size, 20);
  one.offers = gen.offers(size);
  one.limits.template_hash = "current";
  one.limits.create_tokens = gen.integer(0, 12);
  one.limits.drain_share_per_tick = gen.real(0.05, 1.0);
  one.limits.is_listing_stale = gen.chance(0.1);
  one.limits.is_scale_in_paused = gen.chance(0.1);
  one.limits.is_scale_out_paused = gen.chance(0.1);
  return one;
}

/// The fleet as it is once every action of `plan` was accepted.
Fleet applied(Fleet fleet, const Plan& plan, TimePoint now, const PlanLimits& limits) {
  for (const CreateGroup& create : plan.creates) {
    fleet.burst->push_back({.id = create.id,
                            .phase = GroupPhase::creating,
                            .place = create.place,
                            .size = create.size,
                            .template_hash = limits.template_hash,
                            .created_at = now});
  }
  const auto find{[&](const GroupId& id) -> Group& {
    return *std::ranges::find(*fleet.burst, id, &Group::id);
  }};
  for (const ReadmitGroup& readmit : plan.readmits) find(readmit.id).phase = GroupPhase::serving;
  for (const DrainGroup& drain : plan.drains) {
    Group& group{find(drain.id)};
    const bool serves{group.phase == GroupPhase::serving};
    group.phase = serves ? GroupPhase::draining : GroupPhase::removing;
    if (serves) group.draining_since = now;
  }
  return fleet;
}

TEST_CASE("a plan applied leaves an empty plan, unless something was withheld") {
  for_each_seed(2000, [](Gen& gen) {
    Case one{case_of(gen)};
    const Plan plan{one.plan()};
    one.fleet = applied(one.fleet, plan, one.decision.at, one.limits);
    const Plan next{one.plan()};
    if (plan.withheld.empty()) CHECK(next.is_empty());
    for (int i{0}; i < 30; ++i) {
      one.fleet = applied(one.fleet, one.plan(), one.decision.at, one.limits);
    }
    const bool may_create{std::ranges::any_of(one.offers, [](const Offer& offer) {
      return !offer.closed_because && offer.quota_left.value_or(1) > 0;
    })};
    if (!may_create || one.limits.create_tokens == 0) CHECK(one.plan().is_empty());
  });
}

TEST_CASE("drains never go below what is wanted, creates never beyond one group more") {
  for_each_seed(2000, [](Gen& gen) {
    const Case one{case_of(gen)};
    const Replicas before{count_burst(*one.fleet.burst).wanted()};
    const Plan plan{one.plan()};
    const Replicas after{
        count_burst(*applied(one.fleet, plan, one.decision.at, one.limits).burst).wanted()};
    if (!plan.drains.empty()) {
      CHECK(after >= one.decision.burst);
      CHECK(after < before);
      CHECK(plan.creates.empty());
      CHECK(plan.readmits.empty());
    }
    if (!plan.creates.empty() || !plan.readmits.empty()) CHECK(before < one.decision.burst);
    if (!plan.creates.empty()) {
      CHECK(after < one.decision.burst + plan.creates.front().size.replicas);
    }
  });
}

TEST_CASE("tokens, quotas, closed offers, pauses, blindness and blast radius are never overrun") {
  for_each_seed(2000, [](Gen& gen) {
    const Case one{case_of(gen)};
    const Plan plan{one.plan()};
    CHECK(static_cast<int>(plan.creates.size()) <= one.limits.create_tokens);
    for (const Offer& offer : one.offers) {
      const auto used{std::ranges::count(plan.creates, offer.place, &CreateGroup::place)};
      if (offer.closed_because) CHECK(used == 0);
      if (offer.quota_left) CHECK(used <= *offer.quota_left);
    }
    if (one.limits.is_scale_out_paused) CHECK((plan.creates.empty() && plan.readmits.empty()));
    if (one.limits.is_scale_in_paused || one.limits.is_listing_stale || one.decision.is_blind) {
      CHECK(plan.drains.empty());
    }
    Replicas drained{};
    int serving_groups{0};
    for (const DrainGroup& drain : plan.drains) {
      const auto group{std::ranges::find(*one.fleet.burst, drain.id, &Group::id)};
      REQUIRE(group != one.fleet.burst->end());
      if (group->phase != GroupPhase::serving) continue;
      drained += group->size.replicas;
      ++serving_groups;
    }
    const double share{one.limits.drain_share_per_tick *
                       count_burst(*one.fleet.burst).serving.count};
    CHECK((serving_groups <= 1 || drained.count <= share));
  });
}

TEST_CASE("every missing replica is planned or named as withheld") {
  for_each_seed(2000, [](Gen& gen) {
    const Case one{case_of(gen)};
    const Plan plan{one.plan()};
    const Replicas after{
        count_burst(*applied(one.fleet, plan, one.decision.at, one.limits).burst).wanted()};
    Replicas withheld{};
    for (const Withheld& each : plan.withheld) withheld += each.count;
    if (after < one.decision.burst) CHECK(after + withheld == one.decision.burst);
    if (withheld > 0_replicas) CHECK(after < one.decision.burst);
    if (withheld < 0_replicas) CHECK(after > one.decision.burst);
  });
}

TEST_CASE("a roll keeps serving what is wanted, but for what may be missing, and stays bounded") {
  for_each_seed(2000, [](Gen& gen) {
    Case one{case_of(gen)};
    const RollLimits roll{.max_surge = gen.integer(0, 3),
                          .max_unavailable = gen.integer(0, 2),
                          .soak = std::chrono::seconds{gen.integer(0, 60)}};
    one.limits.roll = roll;
    const Plan plan{one.plan()};
    const BurstCount before{count_burst(*one.fleet.burst)};
    const BurstCount after{
        count_burst(*applied(one.fleet, plan, one.decision.at, one.limits).burst)};
    const Replicas least{std::max(0, one.decision.burst.count - roll.max_unavailable)};
    CHECK(after.serving >= std::min(before.serving, least));
    // One group may be larger than what was missing.
    const Replicas most{std::max(before.wanted(), one.decision.burst) +
                        Replicas{roll.max_surge + roll.max_unavailable + 4}};
    CHECK(after.wanted() <= most);
    CHECK(static_cast<int>(plan.creates.size()) <= one.limits.create_tokens);
    if (one.decision.is_blind || one.limits.is_listing_stale || one.limits.is_scale_in_paused) {
      CHECK(plan.drains.empty());
    }
    CHECK(plan == one.plan());
  });
}

TEST_CASE("the same inputs give the same plan, whose names are new and unique") {
  for_each_seed(500, [](Gen& gen) {
    const Case one{case_of(gen)};
    const Plan plan{one.plan()};
    CHECK(plan == one.plan());
    std::set<GroupId> names{};
    for (const Group& group : *one.fleet.burst) names.insert(group.id);
    for (const CreateGroup& create : plan.creates) CHECK(names.insert(create.id).second);
  });
}

}  // namespace
}  // namespace spillway::planner_test
