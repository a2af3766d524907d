// What a plan may choose from: every offer with what is known about it now. The rest of ControlLoop
// is in control_loop.cpp.
#include <algorithm>
#include <utility>

#include "controller/core/rolling.hpp"
#include "controller/loop/control_loop.hpp"

namespace spillway {

std::vector<Offer> ControlLoop::ranked_offers(const Workload& workload, const Decision& decision,
                                              const Fleet& fleet, int create_tokens) {
  const TimePoint now{parts_.clock.now()};
  // Nothing to create: the order does not matter, and most ticks of most workloads end here.
  if (!fleet.burst) return workload.offers;
  const PlanLimits& limits{workload.plan_limits};
  const bool may_roll{workload.rolling.is_enabled && !limits.template_hash.empty() &&
                      has_outdated(*fleet.burst, limits.template_hash)};
  const RollLimits& roll{workload.rolling.limits};
  const BurstCount count{count_burst(*fleet.burst)};
  const Replicas missing{std::max(decision.burst - count.wanted() + count.doubted,
                                  Replicas{may_roll ? roll.max_surge + roll.max_unavailable : 0})};
  if (missing <= 0_replicas) return workload.offers;
  std::map<Place, Replicas> running{};
  for (const Group& group : *fleet.burst) {
    const bool counts{is_starting(group.phase) || group.phase == GroupPhase::serving};
    if (counts) running[group.place] += group.size.replicas;
  }
  std::vector<placement::OfferFacts> facts{};
  for (const Offer& offer : workload.offers) {
    placement::OfferFacts each{};
    each.offer = offer;
    const auto read_at{quotas_.read_at(offer.place)};
    each.offer.quota_left =
        quotas_.groups_left(offer.place, offer.size, now,
                            workload.replica.sku == GroupSku::confidential, claims_in(offer.place));
    each.offer.closed_because = groups_.closed_because(workload.name, each.offer, read_at);
    each.offer.is_doubted = groups_.is_suspect(workload.name, offer.place);
    limit_by_rate(each.offer);
    // What cannot be seen may be there already.
    if (unlisted_.contains(offer.place)) each.offer.closed_because = Because::place_unavailable;
    if (workload.awaits_template) each.offer.closed_because = Because::template_unknown;
    if (groups_.is_half_open(workload.name, offer)) {
      each.offer.quota_left = std::min(1, each.offer.quota_left.value_or(1));
    }
    each.start = start_times_in(offer.place);
    each.success_rate = groups_.success_rate(offer.place);
    each.running = running[offer.place];
    each.latency = latency_to(workload, offer.place);
    facts.push_back(std::move(each));
  }
  auto ranked{placement::rank(workload.placement, std::move(facts), missing, create_tokens)};
  if (auto warm{warm_offer(workload, fleet)}) ranked.insert(ranked.begin(), std::move(*warm));
  return ranked;
}

/// What a person has measured counts before what the probes show; zero: not known.
Duration ControlLoop::latency_to(const Workload& workload, const Place& place) const {
  const auto given{workload.latencies.find(place)};
  if (given != workload.latencies.end() && given->second > Duration::zero()) return given->second;
  return groups_.round_trip(place).value_or(Duration::zero());
}

/// What no reading of the quota has counted: groups created since, and those that this tick has
/// planned for other workloads.
std::vector<GroupSize> ControlLoop::claims_in(const Place& place) const {
  const Place region{Quotas::region_of(place)};
  std::vector<GroupSize> claims{};
  if (const auto read_at{quotas_.read_at(place)}) claims = groups_.created_since(region, *read_at);
  const auto planned{planned_here_.find(region)};
  if (planned != planned_here_.end()) {
    claims.insert(claims.end(), planned->second.begin(), planned->second.end());
  }
  return claims;
}

/// A create that the region's rate does not allow would wait there, while another place is free.
void ControlLoop::limit_by_rate(Offer& offer) const {
  const auto planned{planned_here_.find(Quotas::region_of(offer.place))};
  const int used{planned == planned_here_.end() ? 0 : static_cast<int>(planned->second.size())};
  const int left{parts_.provider.create_tokens_in(offer.place, parts_.clock.now()) - used};
  if (left <= 0 && !offer.closed_because) offer.closed_because = Because::create_tokens_spent;
  // Where no region has more, the plan's own limit says the same, with the right reason.
  const bool is_tighter{left > 0 && left < create_tokens_};
  if (is_tighter) offer.quota_left = std::min(left, offer.quota_left.value_or(left));
}

/// What can be had warm goes first, as an offer of its own with as much quota as there is stock; no
/// breaker and no quota of its place concerns it, since its members run already.
std::optional<Offer> ControlLoop::warm_offer(const Workload& workload, const Fleet& fleet) const {
  if (!fleet.burst || workload.awaits_template) return std::nullopt;
  for (const Offer& offer : workload.offers) {
    const int stock{standby_.stock(workload.name, offer)};
    if (stock == 0) continue;
    // The workload as a whole was refused: rights or the template, which no pool cures.
    const auto closed{groups_.closed_because(workload.name, offer, quotas_.read_at(offer.place))};
    if (closed == Because::create_refused) continue;
    Offer warm{offer};
    warm.quota_left = stock;
    warm.is_doubted = groups_.is_suspect(workload.name, offer.place);
    return warm;
  }
  return std::nullopt;
}

PlanLimits ControlLoop::plan_limits(const Workload& workload) const {
  PlanLimits limits{workload.plan_limits};
  limits.create_tokens = create_tokens_;
  // Of the last token of all the rate itself is the better reason.
  limits.is_trial = groups_.is_half_open(workload.name) && create_tokens_ > 1;
  if (limits.is_trial) limits.create_tokens = 1;
  limits.is_listing_stale = is_listing_stale_;
  limits.is_traffic_unknown =
      traffic_.is_unknown(workload.name, workload.lifecycle.withdrawal_limit);
  limits.traffic_slots = traffic_.slots(workload.name);
  // What workloads share has been given out: a cover would be a second helping.
  const LimitSettings& most{workload.decision.limits};
  const int with_cover{most.max_burst + most.max_cover.value_or(most.max_burst)};
  limits.max_burst = config_.allocator.is_limited() ? 0 : with_cover;
  limits.most_wanted = most.max_burst;
  const bool may_roll{workload.rolling.is_enabled && !workload.awaits_template};
  if (may_roll) limits.roll = workload.rolling.limits;
  return limits;
}

}  // namespace spillway
