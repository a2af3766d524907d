#include "policies/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "controller/core/telling.hpp"

namespace spillway {
namespace {

/// The count wanted until now. Without history it is what runs: a grown fleet after a restart means
/// that a burst is under way.
Replicas current_count(const Snapshot& now, const History& past) {
  if (past.last) return past.last->count;
  if (const auto total{now.fleet.total()}) return *total;
  // Of a cluster that cannot be seen nothing is counted, but the burst goes on.
  return now.fleet.burst ? count_burst(*now.fleet.burst).wanted() : 0_replicas;
}

/// Its clock was ahead and has been put right since: every window would stay open, every rate be
/// used up, for as long as it was ahead.
bool is_from_ahead(const History& past, TimePoint now) {
  return (past.last && past.last->at > now) || past.blind_since > now || past.sighted_since > now;
}

void append(std::vector<TrailStep>& trail, std::vector<TrailStep> steps) {
  if (trail.empty()) {
    trail = std::move(steps);
    return;
  }
  std::ranges::move(steps, std::back_inserter(trail));
}

/// Takes a step that changes the count, or leaves no trace if it does not.
void limit_to(Decision& decision, Replicas count, Because because, std::string words) {
  if (count == decision.desired) return;
  decision.trail.push_back({.who = "limits",
                            .before = decision.desired,
                            .after = count,
                            .because = because,
                            .words = std::move(words)});
  decision.desired = count;
}

void apply_limits(Decision& decision, const LimitSettings& limits) {
  if (decision.desired.count < limits.min) {
    limit_to(decision, {limits.min}, Because::too_few_replicas,
             fmt::format("limits.min is {}", limits.min));
  }
  if (decision.desired.count > limits.max_total) {
    limit_to(decision, {limits.max_total}, Because::too_many_replicas,
             fmt::format("limits.max_total is {}", limits.max_total));
  }
}

/// How much of `desired` belongs into the burst provider while the base pool cannot be seen.
Replicas burst_without_base(const Decision& decision, const Snapshot& now, const History& past) {
  const Replicas running{now.fleet.burst ? count_burst(*now.fleet.burst).wanted() : 0_replicas};
  const Replicas before{past.last_burst.value_or(running)};
  const Replicas growth{past.last ? decision.desired - past.last->count : 0_replicas};
  return before + std::max(0_replicas, growth);
}

/// Machines for so many replicas, all of which have to find room.
int machines_for(Replicas replicas, int per_vm) {
  return (std::max(0, replicas.count) + per_vm - 1) / per_vm;
}

/// The replicas on extra machines that go on serving: not those on machines that this decision
/// gives up and that leave, or the burst that stands in for them would go with them.
Replicas kept_on_vms(const Decision& decision, const VmPool& vms, int per_vm) {
  return vms.kept({machines_for(decision.vms, per_vm) * per_vm});
}

/// The step from all replicas to those that overflow. Extra machines have been settled.
void split(Decision& decision, const Snapshot& now, const History& past,
           const DecisionPolicy& policy) {
  const LimitSettings& limits{policy.limits};
  Replicas burst{};
  TrailStep step{.who = "local_first", .before = decision.desired};
  if (now.fleet.base) {
    const Replicas local{now.fleet.base->capacity() +
                         kept_on_vms(decision, now.fleet.vms, std::max(1, policy.replicas_per_vm))};
    burst = std::max(0_replicas, decision.desired - local);
    step.because = burst > 0_replicas ? Because::demand_exceeds_base : Because::local_first;
    step.words = told(now, "the cluster serves {} of {}", std::min(local, decision.desired).count,
                      decision.desired.count);
  } else {
    burst = burst_without_base(decision, now, past);
    step.because = Because::fleet_unknown;
    step.words = "the cluster is unknown: burst is kept";
  }
  step.after = burst;
  decision.trail.push_back(std::move(step));
  if (burst.count > limits.max_burst) {
    decision.trail.push_back({.who = "limits",
                              .before = burst,
                              .after = {limits.max_burst},
                              .because = Because::too_many_replicas,
                              .words = fmt::format("limits.max_burst is {}", limits.max_burst)});
    burst = {limits.max_burst};
  }
  decision.burst = burst;
}

/// The most replicas that may run on extra VMs, and who says so: a recommendation's ceiling, the
/// words, or else limits.max_total.
struct VmRoom {
  Replicas most{};
  Because because{};
  const Recommendation* ceiling{nullptr};
  std::string_view words{};

  std::string told(const LimitSettings& limits) const {
    if (ceiling) return fmt::format("{} allows {}", ceiling->policy, ceiling->ceiling->count);
    if (!words.empty()) return std::string{words};
    return fmt::format("limits.max_total is {}", limits.max_total);
  }
};

VmRoom vm_room(const Decision& decision, const Snapshot& now, const DecisionPolicy& policy) {
  const Replicas running{now.fleet.vms.ready + now.fleet.vms.starting};
  if (now.wants_no_burst()) {
    return {running, Because::overridden, nullptr, "no machine for a drained fleet"};
  }
  if (!now.fleet.base || !now.fleet.burst) {
    return {running, Because::fleet_unknown, nullptr,
            "no machine is added to a fleet that is unknown"};
  }
  const Replicas base{now.fleet.base->capacity()};
  VmRoom room{std::max(0_replicas, Replicas{policy.limits.max_total} - base),
              Because::too_many_replicas};
  if (policy.arbiter.conflict == Conflict::floor_wins) return room;
  for (const Recommendation& each : decision.recommendations) {
    if (!each.ceiling) continue;
    // Money ends here: what runs stays, as a machine is not what the ceiling was made for.
    const Replicas most{std::max(running, *each.ceiling - base)};
    if (most >= room.most) continue;
    room = {most, each.because, &each};
  }
  return room;
}

void move_vms(Decision& decision, Replicas count, Because because, std::string words) {
  if (count == decision.vms) return;
  decision.trail.push_back({.who = "vms",
                            .before = decision.vms,
                            .after = count,
                            .because = because,
                            .words = std::move(words)});
  decision.vms = count;
}

/// The highest wish for extra VMs, within the limits; without any, what is there stays.
void settle_vms(Decision& decision, const Snapshot& now, const DecisionPolicy& policy) {
  const Replicas running{now.fleet.vms.ready + now.fleet.vms.starting};
  decision.vms = running;
  const Recommendation* highest{nullptr};
  for (const Recommendation& each : decision.recommendations) {
    if (each.vms && (!highest || *each.vms > *highest->vms)) highest = &each;
  }
  if (!highest) return;
  Replicas wanted{std::max(0_replicas, *highest->vms)};
  if (decision.is_blind) wanted = std::max(wanted, running);
  move_vms(decision, wanted, highest->because,
           highest->policy + " wants extra VMs for so many replicas");
  const VmRoom room{vm_room(decision, now, policy)};
  const int per_vm{std::max(1, policy.replicas_per_vm)};
  const int allowed{room.most.count / per_vm};
  if (machines_for(wanted, per_vm) <= allowed) return;
  move_vms(decision, {allowed * per_vm}, room.because, room.told(policy.limits));
}

/// A person's order, or the end of the controller, goes before every policy and every doubt.
void empty_on_order(Decision& decision, const Snapshot& now) {
  if (!now.wants_no_burst()) return;
  decision.trail.push_back({.who = "operator",
                            .before = decision.burst,
                            .after = 0_replicas,
                            .because = Because::overridden,
                            .words = now.stopping_since
                                         ? "everything is drained before the end"
                                         : "drained until " + to_string(*now.drained_until)});
  decision.burst = 0_replicas;
  decision.because = Because::overridden;
  decision.is_blind = false;  // a person has looked
}

/// The reason of the last step that changed a count; without one, that of the arbiter.
Because reason_of(const Decision& decision, Because arbitrated) {
  Because because{arbitrated};
  for (const TrailStep& step : decision.trail) {
    const bool is_limit{step.who != "arbiter" && step.who != "local_first" && step.who != "vms"};
    if (is_limit && step.before != step.after) because = step.because;
  }
  return because;
}

}  // namespace

void describe(Fields& fields, LimitSettings& settings) {
  fields.count("min", settings.min, {.max = 1'000'000},
               "Never fewer replicas than this, base and burst together.");
  fields.count("max_total", settings.max_total, {.min = 1, .max = 1'000'000},
               "Never more replicas than this, base and burst together.");
  fields.count("max_burst", settings.max_burst, {.max = 100'000},
               "Never more burst replicas than this, whatever the load.");
  fields.optional_count(
      "max_cover", settings.max_cover, {.max = 100'000},
      "Burst replicas beyond max_burst while a region goes dark: those that stand in for its own, "
      "which may still serve and leave once they are covered. Without it as many as max_burst; "
      "with "
      "0 the dark ones leave first, in batches.");
  fields.require(settings.min <= settings.max_total, "min must not exceed max_total");
}

Decided decide(const DecisionPolicy& policy, const Snapshot& now, History past) {
  // A controller that was stopped for long must not go on with what it wanted then.
  const bool is_long_ago{past.last && now.taken_at - past.last->at > longest_window};
  if (is_long_ago || is_from_ahead(past, now.taken_at)) {
    // What was learned of the load and the replicas is as true as before.
    History learned{};
    learned.memories = std::move(past.memories);
    past = std::move(learned);
  }
  Decision decision{.at = now.taken_at, .workload = now.workload};
  const Replicas current{current_count(now, past)};
  decision.recommendations.reserve(policy.policies.size());
  for (const auto& each : policy.policies) {
    decision.recommendations.push_back(each->recommend(now, past));
  }

  Arbitration arbitration{arbitrate(decision.recommendations, current, policy.arbiter)};
  decision.is_blind = arbitration.is_hold || !now.fleet.base || !now.fleet.burst;
  append(decision.trail, std::move(arbitration.trail));

  Trusted trusted{
      distrust(arbitration.wanted, current, decision.is_blind, now.taken_at, past, policy.trust)};
  append(decision.trail, std::move(trusted.trail));
  decision.recommended = trusted.wanted;

  Stabilization stable{stabilize(trusted.wanted, current, now, past, policy.behavior)};
  append(decision.trail, std::move(stable.trail));
  decision.desired = stable.desired;

  apply_limits(decision, policy.limits);
  settle_vms(decision, now, policy);
  split(decision, now, past, policy);
  decision.because = reason_of(decision, arbitration.because);
  empty_on_order(decision, now);

  History next{remember(std::move(past), decision, longest_look_back(policy.behavior))};
  return {.decision = std::move(decision), .next = std::move(next)};
}

void apply_grant(Decided& decided, Replicas granted) {
  Decision& decision{decided.decision};
  if (granted >= decision.burst) return;
  decision.trail.push_back(
      {.who = "allocator",
       .before = decision.burst,
       .after = granted,
       .because = Because::allocated,
       .words = fmt::format("workloads share a limit; without it: {}", decision.burst.count)});
  decision.burst = granted;
  decision.because = Because::allocated;
  if (decided.next.last_burst) decided.next.last_burst = granted;
}

}  // namespace spillway
