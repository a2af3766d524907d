#include "controller/core/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <set>

#include "controller/core/error.hpp"

namespace spillway {
namespace {

/// A slot that a drain or a removal under way gives back takes less.
constexpr Duration wait_for_slot{std::chrono::minutes{2}};

/// Beyond all fleets, and small enough to be added to.
constexpr Replicas any_count{1'000'000'000};

/// Names that no group of the fleet has. The instant makes them unique over time, the counter
/// within a tick; the place is left out on purpose, as names are never reused in another region
/// either.
class FreshNames {
 public:
  FreshNames(const PlanLimits& limits, TimePoint now, const std::vector<Group>& groups)
      : limits_{limits}, now_{now}, groups_{groups} {}

  GroupId next() {
    if (stem_.empty()) begin();
    GroupId id{};
    do {
      id.name = fmt::format("{}-{}", stem_, ++counter_);
    } while (taken_.contains(id));
    return id;
  }

 private:
  /// Not before a name is needed: most plans need none.
  void begin() {
    stem_ = fmt::format("{}-{:x}", limits_.name_prefix, now_.time_since_epoch().count());
    for (const Group& group : groups_) taken_.insert(group.id);
  }

  const PlanLimits& limits_;
  TimePoint now_;
  const std::vector<Group>& groups_;
  std::string stem_{};
  std::set<GroupId> taken_{};
  int counter_{0};
};

std::vector<const Group*> in_phase(const std::vector<Group>& groups, auto&& predicate) {
  std::vector<const Group*> chosen{};
  for (const Group& group : groups) {
    if (predicate(group.phase)) chosen.push_back(&group);
  }
  return chosen;
}

void withhold(Plan& plan, Replicas count, Because because) {
  if (count != 0_replicas) plan.withheld.push_back({count, because});
}

/// Takes draining groups back, newest drain first, while they fit into `missing`.
Replicas readmit(Plan& plan, const std::vector<Group>& groups, const std::vector<Offer>& offers,
                 const PlanLimits& limits, Replicas missing) {
  auto draining{in_phase(groups, [](GroupPhase p) { return p == GroupPhase::draining; })};
  std::ranges::stable_sort(draining, [](const Group* a, const Group* b) {
    return a->draining_since > b->draining_since;
  });
  for (const Group* group : draining) {
    if (missing <= 0_replicas) break;
    if (!group->has_traffic) continue;  // there was no room for it, and there is none now
    const bool is_doubted{std::ranges::any_of(offers, [&](const Offer& offer) {
      return offer.is_doubted && offer.place == group->place;
    })};
    if (is_doubted) continue;
    const bool is_known{!limits.template_hash.empty()};
    if (is_known && group->template_hash != limits.template_hash) continue;
    plan.readmits.push_back({.id = group->id});
    missing -= group->size.replicas;
  }
  return missing;
}

/// How many more groups the balancers have room for.
int room_in_traffic(const std::vector<Group>& groups, const PlanLimits& limits) {
  if (!limits.traffic_slots) return std::numeric_limits<int>::max();
  const auto takes_slot{[](const Group& group) {
    return is_starting(group.phase) || group.phase == GroupPhase::serving ||
           group.phase == GroupPhase::draining;
  }};
  const auto taken{static_cast<int>(std::ranges::count_if(groups, takes_slot))};
  return std::max(0, *limits.traffic_slots - taken);
}

/// Creates on the offers in their order until nothing is missing or nothing more is allowed. The
/// last group may be larger than what is missing, as far as `allowed` goes: then a smaller size
/// further down has to do.
void create(Plan& plan, const std::vector<Offer>& offers, const PlanLimits& limits,
            FreshNames& names, Replicas missing, Replicas allowed, int room, Because because) {
  int tokens{limits.create_tokens};
  if (room <= 0) return withhold(plan, missing, Because::traffic_full);
  // Without a provider nobody offers anything, which is no fault: what is decided is only told.
  Because obstacle{offers.empty() ? Because::observe_only : Because::place_unavailable};
  for (const Offer& offer : offers) {
    SPILLWAY_ASSERT(offer.size.replicas > 0_replicas);
    if (offer.closed_because) {
      obstacle = *offer.closed_because;
      continue;
    }
    int quota{offer.quota_left.value_or(std::numeric_limits<int>::max())};
    const Replicas each{offer.size.replicas};
    while (missing > 0_replicas && each <= allowed && tokens > 0 && quota > 0 && room > 0) {
      plan.creates.push_back({.id = names.next(),
                              .place = offer.place,
                              .size = offer.size,
                              .price = offer.price,
                              .because = because});
      missing -= each;
      allowed -= each;
      --tokens;
      --quota;
      --room;
    }
    if (missing <= 0_replicas) return;
    if (room <= 0) return withhold(plan, missing, Because::traffic_full);
    if (tokens <= 0) {
      return withhold(plan, missing,
                      limits.is_trial ? Because::trial_create : Because::create_tokens_spent);
    }
    if (each <= allowed) {
      obstacle = Because::quota_reached;
    } else if (obstacle == Because::place_unavailable) {
      obstacle = Because::too_many_replicas;  // a smaller size, or another place, would have been
    }
  }
  withhold(plan, missing, obstacle);
}

/// The order of leaving: what never served, then outdated, then least busy, then newest. During a
/// roll outdated ones go before new ones that do not serve yet.
bool leaves_before(const Group* a, const Group* b, const std::string& current_template,
                   bool is_rolling) {
  const auto rank{[&](const Group* group) {
    const bool serves{group->phase == GroupPhase::serving};
    const bool is_current{group->template_hash == current_template};
    const int busy{serves ? group->in_flight.value_or(std::numeric_limits<int>::max()) : 0};
    return std::tuple{is_rolling && is_current, serves, is_current, busy,
                      -group->created_at.time_since_epoch().count()};
  }};
  return rank(a) < rank(b);
}

/// Those that are in doubt, or the others.
/// `drained` of those that serve leave already; adds its own.
void drain(Plan& plan, const std::vector<Group>& groups, const PlanLimits& limits, Replicas surplus,
           bool is_rolling, bool are_doubted, Replicas& drained) {
  auto leaving{
      in_phase(groups, [](GroupPhase p) { return is_starting(p) || p == GroupPhase::serving; })};
  std::erase_if(leaving, [&](const Group* group) { return group->is_doubted != are_doubted; });
  const auto unlisted{
      std::erase_if(leaving, [](const Group* group) { return group->is_unlisted; })};
  // What waits for a slot is counted as none of the surplus: drain_waiting. A roll counts it.
  if (!is_rolling) std::erase_if(leaving, [](const Group* group) { return !group->has_traffic; });
  std::ranges::stable_sort(leaving, [&](const Group* a, const Group* b) {
    return leaves_before(a, b, limits.template_hash, is_rolling);
  });
  const Replicas serving{count_burst(groups).serving};
  const Replicas may_drain{
      static_cast<int>(std::floor(limits.drain_share_per_tick * serving.count))};
  for (const Group* group : leaving) {
    if (group->size.replicas > surplus) continue;  // never below what is wanted
    if (group->phase == GroupPhase::serving) {
      if (limits.is_traffic_unknown) {
        return withhold(plan, Replicas{-surplus.count}, Because::traffic_unknown);
      }
      const bool is_first{drained == 0_replicas};  // one always may, however large
      if (!is_first && drained + group->size.replicas > may_drain) {
        return withhold(plan, Replicas{-surplus.count}, Because::blast_radius);
      }
      drained += group->size.replicas;
    }
    plan.drains.push_back({.id = group->id});
    surplus -= group->size.replicas;
  }
  if (unlisted > 0) withhold(plan, Replicas{-surplus.count}, Because::fleet_unknown);
}

/// Lets go of what serves and is sent nothing: at once if less is wanted than has traffic.
void drain_waiting(Plan& plan, const std::vector<Group>& groups, TimePoint now, bool at_once) {
  for (const Group& group : groups) {
    const bool waits{group.phase == GroupPhase::serving && !group.has_traffic &&
                     !group.is_unlisted};
    const TimePoint since{group.serving_since.value_or(group.created_at)};
    if (!waits || (!at_once && now - since < wait_for_slot)) continue;
    plan.drains.push_back({.id = group.id, .because = Because::traffic_full});
  }
}

/// Lets go of old replicas before new ones are there, as far as `max_unavailable` allows.
void drain_outdated(Plan& plan, const std::vector<Group>& groups, const std::string& current,
                    Replicas count) {
  for (const Group& group : groups) {
    const bool is_outdated{group.phase == GroupPhase::serving && group.template_hash != current};
    if (!is_outdated || group.size.replicas > count) continue;
    plan.drains.push_back({.id = group.id, .because = Because::template_changed});
    count -= group.size.replicas;
  }
}

/// The offers of regions whose groups pass their probes, and then, if `all`, the others.
std::vector<Offer> undoubted_first(const std::vector<Offer>& offers, bool all) {
  std::vector<Offer> chosen{};
  std::ranges::copy_if(offers, std::back_inserter(chosen),
                       [](const Offer& offer) { return !offer.is_doubted; });
  if (!all) return chosen;
  std::ranges::copy_if(offers, std::back_inserter(chosen),
                       [](const Offer& offer) { return offer.is_doubted; });
  return chosen;
}

/// The most burst replicas that cost policies and limits allow, whoever wins against a floor.
/// Ceilings count what the cluster serves as well: what is not seen is what the decision left to
/// it.
std::optional<Replicas> most_allowed(const Decision& decision, const Fleet& fleet,
                                     const PlanLimits& limits) {
  std::optional<Replicas> most{};
  if (limits.max_burst) most = Replicas{*limits.max_burst};
  const Replicas local{fleet.base ? fleet.base->capacity() + fleet.vms.kept(decision.vms)
                                  : std::max(0_replicas, decision.desired - decision.burst)};
  for (const Recommendation& each : decision.recommendations) {
    if (each.ceiling) most = std::min(most.value_or(*each.ceiling - local), *each.ceiling - local);
  }
  return most;
}

/// Creates in other regions what the doubted groups may be missing.
void cover(Plan& plan, const Decision& decision, const Fleet& fleet, const BurstCount& count,
           const std::vector<Offer>& offers, const PlanLimits& limits, FreshNames& names,
           int room) {
  Replicas planned{};
  for (const CreateGroup& each : plan.creates) planned += each.size.replicas;
  const Replicas believed{count.wanted() - count.doubted};
  Replicas missing{std::min(count.doubted, decision.burst - believed - planned)};
  if (missing <= 0_replicas) return;
  Replicas allowed{any_count};
  if (const auto most{most_allowed(decision, fleet, limits)}) {
    const Replicas running{count.wanted() + count.waiting + count.draining + planned};
    allowed = std::max(0_replicas, *most - running);
    if (allowed < missing) withhold(plan, missing - allowed, Because::too_many_replicas);
    missing = std::min(missing, allowed);
  }
  std::vector<Offer> elsewhere{undoubted_first(offers, false)};
  if (elsewhere.empty()) return withhold(plan, missing, Because::probes_doubted);
  // What this plan creates already is not there a second time.
  PlanLimits left{limits};
  left.create_tokens = std::max(0, left.create_tokens - static_cast<int>(plan.creates.size()));
  for (Offer& offer : elsewhere) {
    const auto taken{std::ranges::count(plan.creates, offer.place, &CreateGroup::place)};
    if (offer.quota_left)
      *offer.quota_left = std::max(0, *offer.quota_left - static_cast<int>(taken));
  }
  create(plan, elsewhere, left, names, missing, allowed, room, Because::probes_doubted);
}

std::optional<Because> obstacle_to_scale_in(const Decision& decision, const PlanLimits& limits) {
  if (limits.is_scale_in_paused) return Because::paused;
  if (limits.is_listing_stale) return Because::fleet_unknown;
  if (decision.is_blind) return Because::no_data;
  return std::nullopt;
}

}  // namespace

Plan plan_burst(const Decision& decision, const Fleet& fleet, const std::vector<Offer>& offers,
                const PlanLimits& limits) {
  Plan plan{};
  if (!fleet.burst) {
    // Creating blind could pay twice for the same replicas: the next listing decides.
    plan.withheld.push_back({decision.burst, Because::fleet_unknown});
    return plan;
  }
  const std::vector<Group>& groups{*fleet.burst};
  const BurstCount count{count_burst(groups)};
  // Nothing is replaced while it is not known what serves; what a roll has begun counts as before.
  const bool has_doubts{count.doubted > 0_replicas};
  const bool is_sure{!has_doubts && std::ranges::none_of(groups, &Group::is_unlisted)};
  const bool is_rolling{limits.roll && has_outdated(groups, limits.template_hash)};
  // In a roll what waits gets the slot of the one it replaces.
  const Replicas wanted{is_rolling ? count.wanted() + count.waiting : count.wanted()};
  const Replicas difference{decision.burst - wanted};
  const RollStep roll{is_rolling ? roll_step(decision.burst, groups, limits.template_hash,
                                             *limits.roll, decision.at)
                                 : RollStep{}};
  const std::optional<Because> obstacle{obstacle_to_scale_in(decision, limits)};
  if (difference > 0_replicas && limits.is_scale_out_paused) {
    withhold(plan, difference, Because::paused);
    return plan;
  }
  FreshNames names{limits, decision.at, groups};
  const int room{room_in_traffic(groups, limits)};
  if (difference > 0_replicas) {
    const Replicas missing{readmit(plan, groups, offers, limits, difference)};
    if (missing > 0_replicas) {
      const Replicas beyond{
          std::max(0, limits.most_wanted.value_or(any_count.count) - decision.burst.count)};
      create(plan, undoubted_first(offers, true), limits, names, missing, missing + beyond, room,
             Because::scale_out);
    }
  }
  if (has_doubts && !limits.is_scale_out_paused) {
    const int left{room - static_cast<int>(plan.creates.size())};
    cover(plan, decision, fleet, count, offers, limits, names, left);
  }
  // In doubt what serves is not what runs: the doubted go as far as the others serve, or nobody
  // needs them; the others as if there were none in doubt. What nobody sees is no reason to shrink.
  const Replicas running{-difference.count - roll.spare.count};
  const Replicas surplus{running - count.doubted - count.unsure};
  const Replicas spare{std::min(count.doubted, running - count.starting - count.unsure)};
  if (std::max(surplus, spare) > 0_replicas) {
    if (obstacle) {
      withhold(plan, Replicas{-std::max(surplus, spare).count}, *obstacle);
      return plan;
    }
    Replicas drained{};  // of those that serve, by both
    if (spare > 0_replicas) drain(plan, groups, limits, spare, is_rolling, true, drained);
    if (surplus > 0_replicas) drain(plan, groups, limits, surplus, is_rolling, false, drained);
  }
  const bool may_let_go{!limits.is_scale_in_paused && !limits.is_listing_stale &&
                        !limits.is_traffic_unknown};
  if (may_let_go && !is_rolling && count.waiting > 0_replicas) {
    drain_waiting(plan, groups, decision.at, surplus > 0_replicas);
  }
  // Blind or paused, nothing is replaced: it would end in a drain.
  const bool may_replace{!obstacle && !limits.is_traffic_unknown && is_sure};
  if (difference > 0_replicas || !plan.drains.empty() || !may_replace) return plan;
  const Replicas fresh{roll.surge + roll.unavailable};
  if (fresh > 0_replicas && !limits.is_scale_out_paused) {
    // Their slots are those of the groups that they replace.
    create(plan, undoubted_first(offers, true), limits, names, fresh, any_count,
           std::numeric_limits<int>::max(), Because::template_changed);
  }
  drain_outdated(plan, groups, limits.template_hash, roll.unavailable);
  return plan;
}

}  // namespace spillway
