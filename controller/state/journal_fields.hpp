// Which fields a journal document has, in what order. A new field is a new minor version: raise
// `journal_minor`, and read it with `optional` or `list`, as older documents lack it. A removed or
// changed field is a new major version and needs a reader for the old one.
#pragma once

#include "controller/state/json_archive.hpp"
#include "controller/state/store.hpp"

namespace spillway::state {

inline constexpr std::int64_t journal_major{1};
inline constexpr std::int64_t journal_minor{0};

template <class Archive, class T>
using Ref = typename Archive::template Ref<T>;

template <class Archive>
void describe(Archive& a, Ref<Archive, Place> place) {
  a.field("subscription", place.subscription);
  a.field("region", place.region);
  a.field("zone", place.zone);
  a.field("priority", place.priority);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, GroupSize> size) {
  a.field("vcpu", size.vcpu);
  a.field("memory_gb", size.memory_gb);
  a.field("replicas", size.replicas);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Group> group) {
  a.field("id", group.id);
  a.field("phase", group.phase);
  a.field("place", group.place);
  a.field("size", group.size);
  a.field("template_hash", group.template_hash);
  a.field("created_at", group.created_at);
  a.optional("serving_since", group.serving_since);
  a.optional("draining_since", group.draining_since);
  a.optional("in_flight", group.in_flight);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, BasePool> base) {
  a.field("ready", base.ready);
  a.field("starting", base.starting);
  a.field("desired", base.desired);
  a.field("pending", base.pending);
  a.field("room", base.room);
  a.field("nodes_up", base.nodes_up);
  a.field("nodes_down", base.nodes_down);
  a.field("is_rolling", base.is_rolling);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, VmPool> vms) {
  a.field("ready", vms.ready);
  a.field("starting", vms.starting);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Fleet> fleet) {
  a.optional("base", fleet.base);  // absent: unknown, which is not the same as empty
  a.field("vms", fleet.vms);
  a.optional("burst", fleet.burst);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, StartTimes> times) {
  a.field("median", times.median);
  a.field("p95", times.p95);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Spend> spend) {
  a.field("this_hour", spend.this_hour);
  a.field("today", spend.today);
  a.field("this_month", spend.this_month);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Snapshot> snapshot) {
  a.field("taken_at", snapshot.taken_at);
  a.field("workload", snapshot.workload);
  a.readings("readings", snapshot.readings);
  a.field("fleet", snapshot.fleet);
  a.field("start_times", snapshot.start_times);
  a.field("replica_price", snapshot.replica_price);
  a.field("spend", snapshot.spend);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, CountAt> count) {
  a.field("at", count.at);
  a.field("count", count.count);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, History> past) {
  a.optional("last", past.last);
  a.counts("recommendations", past.recommendations);
  a.counts("changes", past.changes);
  a.optional("blind_since", past.blind_since);
  a.optional("sighted_since", past.sighted_since);
  a.map("memories", past.memories);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Recommendation> recommendation) {
  a.field("policy", recommendation.policy);
  a.optional("floor", recommendation.floor);
  a.optional("ceiling", recommendation.ceiling);
  a.field("is_hold", recommendation.is_hold);
  a.field("because", recommendation.because);
  a.field("words", recommendation.words);
  a.list("memory", recommendation.memory);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, TrailStep> step) {
  a.field("who", step.who);
  a.field("before", step.before);
  a.field("after", step.after);
  a.field("because", step.because);
  a.field("words", step.words);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Decision> decision) {
  a.field("at", decision.at);
  a.field("workload", decision.workload);
  a.field("desired", decision.desired);
  a.field("recommended", decision.recommended);
  a.field("burst", decision.burst);
  a.field("vms", decision.vms);
  a.field("because", decision.because);
  a.field("is_blind", decision.is_blind);
  a.list("recommendations", decision.recommendations);
  a.list("trail", decision.trail);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Offer> offer) {
  a.field("place", offer.place);
  a.field("size", offer.size);
  a.field("price", offer.price);
  a.optional("quota_left", offer.quota_left);
  a.optional("closed_because", offer.closed_because);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, PlanLimits> limits) {
  a.field("name_prefix", limits.name_prefix);
  a.field("template_hash", limits.template_hash);
  a.field("create_tokens", limits.create_tokens);
  a.field("drain_share_per_tick", limits.drain_share_per_tick);
  a.field("is_scale_out_paused", limits.is_scale_out_paused);
  a.field("is_scale_in_paused", limits.is_scale_in_paused);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, CreateGroup> create) {
  a.field("id", create.id);
  a.field("place", create.place);
  a.field("size", create.size);
  a.field("price", create.price);
  a.field("because", create.because);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, ReadmitGroup> readmit) {
  a.field("id", readmit.id);
  a.field("because", readmit.because);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, DrainGroup> drain) {
  a.field("id", drain.id);
  a.field("because", drain.because);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Withheld> withheld) {
  a.field("count", withheld.count);
  a.field("because", withheld.because);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Plan> plan) {
  a.list("creates", plan.creates);
  a.list("readmits", plan.readmits);
  a.list("drains", plan.drains);
  a.list("withheld", plan.withheld);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Outcome> outcome) {
  a.field("action", outcome.action);
  a.field("group", outcome.group);
  a.field("result", outcome.result);
}

/// The whole document, but for its version.
template <class Archive>
void describe_document(Archive& a, Ref<Archive, JournalEntry> entry) {
  a.field("at", entry.at);
  a.field("workload", entry.workload);
  a.field("mode", entry.mode);
  a.field("settings_hash", entry.settings_hash);
  a.field("snapshot", entry.snapshot);
  a.field("past", entry.past);
  a.field("decision", entry.decision);
  a.list("offers", entry.offers);
  a.field("plan_limits", entry.plan_limits);
  a.field("plan", entry.plan);
  a.list("outcomes", entry.outcomes);
}

}  // namespace spillway::state
