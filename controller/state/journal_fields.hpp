// Which fields a journal document has, in what order. A new field is a new minor version: raise
// `journal_minor`, and read it with `optional` or `list`, as older documents lack it. A removed or
// changed field is a new major version and needs a reader for the old one.
// Every struct is taken apart with all its members, so that one with a new member does not compile
// until the member has its field here: what the journal lacks, no replay can know.
#pragma once

#include "controller/state/json_archive.hpp"
#include "controller/state/store.hpp"

namespace spillway::state {

inline constexpr std::int64_t journal_major{1};
inline constexpr std::int64_t journal_minor{9};

template <class Archive, class T>
using Ref = typename Archive::template Ref<T>;

template <class Archive>
void describe(Archive& a, Ref<Archive, Place> place) {
  auto& [subscription, region, zone, priority] = place;
  a.field("subscription", subscription);
  a.field("region", region);
  a.field("zone", zone);
  a.field("priority", priority);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, GroupSize> size) {
  auto& [vcpu, memory_gb, replicas] = size;
  a.field("vcpu", vcpu);
  a.field("memory_gb", memory_gb);
  a.field("replicas", replicas);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Group> group) {
  auto& [id, phase, place, size, template_hash, created_at, serving_since, draining_since,
         in_flight, has_traffic, is_doubted, is_unlisted, is_unsure] = group;
  a.field("id", id);
  a.field("phase", phase);
  a.field("place", place);
  a.field("size", size);
  a.field("template_hash", template_hash);
  a.field("created_at", created_at);
  a.optional("serving_since", serving_since);
  a.optional("draining_since", draining_since);
  a.optional("in_flight", in_flight);
  a.flag("has_traffic", has_traffic, true);
  a.flag("is_doubted", is_doubted, false);
  a.flag("is_unlisted", is_unlisted, false);
  a.flag("is_unsure", is_unsure, false);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, BasePool> base) {
  auto& [ready, starting, desired, pending, room, nodes_up, nodes_down, is_rolling] = base;
  a.field("ready", ready);
  a.field("starting", starting);
  a.field("desired", desired);
  a.field("pending", pending);
  a.field("room", room);
  a.field("nodes_up", nodes_up);
  a.field("nodes_down", nodes_down);
  a.field("is_rolling", is_rolling);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, VmPool> vms) {
  auto& [ready, starting, staying] = vms;
  a.field("ready", ready);
  a.field("starting", starting);
  a.optional("staying", staying);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Fleet> fleet) {
  auto& [base, vms, burst] = fleet;
  a.optional("base", base);  // absent: unknown, which is not the same as empty
  a.field("vms", vms);
  a.optional("burst", burst);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, StartTimes> times) {
  auto& [median, p95] = times;
  a.field("median", median);
  a.field("p95", p95);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Standby> standby) {
  auto& [ready, starting, start] = standby;
  a.field("ready", ready);
  a.field("starting", starting);
  a.field("start", start);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Spend> spend) {
  auto& [this_hour, today, this_month] = spend;
  a.field("this_hour", this_hour);
  a.field("today", today);
  a.field("this_month", this_month);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Snapshot> snapshot) {
  // That somebody reads is no fact of the cluster: `has_reader` is left out.
  auto& [taken_at, workload, readings, fleet, start_times, replica_price, spend, drained_until,
         stopping_since, standby, has_reader] = snapshot;
  a.field("taken_at", taken_at);
  a.field("workload", workload);
  a.readings("readings", readings);
  a.field("fleet", fleet);
  a.field("start_times", start_times);
  a.field("replica_price", replica_price);
  a.field("spend", spend);
  a.optional("drained_until", drained_until);
  a.optional("stopping_since", stopping_since);
  a.optional("standby", standby);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, CountAt> moment) {
  auto& [at, count] = moment;
  a.field("at", at);
  a.field("count", count);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, History> past) {
  auto& [last, last_burst, recommendations, changes, blind_since, sighted_since, memories] = past;
  a.optional("last", last);
  a.optional("last_burst", last_burst);
  a.counts("recommendations", recommendations);
  a.counts("changes", changes);
  a.optional("blind_since", blind_since);
  a.optional("sighted_since", sighted_since);
  a.map("memories", memories);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Recommendation> recommendation) {
  auto& [policy, floor, ceiling, vms, is_hold, because, words, memory] = recommendation;
  a.field("policy", policy);
  a.optional("floor", floor);
  a.optional("ceiling", ceiling);
  a.optional("vms", vms);
  a.field("is_hold", is_hold);
  a.field("because", because);
  a.field("words", words);
  a.list("memory", memory);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, TrailStep> step) {
  auto& [who, before, after, because, words] = step;
  a.field("who", who);
  a.field("before", before);
  a.field("after", after);
  a.field("because", because);
  a.field("words", words);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Decision> decision) {
  auto& [at, workload, desired, recommended, burst, vms, because, is_blind, recommendations,
         trail] = decision;
  a.field("at", at);
  a.field("workload", workload);
  a.field("desired", desired);
  a.field("recommended", recommended);
  a.field("burst", burst);
  a.field("vms", vms);
  a.field("because", because);
  a.field("is_blind", is_blind);
  a.list("recommendations", recommendations);
  a.list("trail", trail);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, PolicyEstimate> estimate) {
  auto& [rent, late_requests, lacks_price] = estimate;
  a.field("rent", rent);
  a.field("late_requests", late_requests);
  a.flag("lacks_price", lacks_price, false);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, ShadowRecord> record) {
  auto& [since, at, requests, acting, shadow, service_rate] = record;
  a.field("since", since);
  a.field("at", at);
  a.field("requests", requests);
  a.field("acting", acting);
  a.field("shadow", shadow);
  a.list("service_rate", service_rate);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, ShadowTick> tick) {
  auto& [past, decision, record, before] = tick;
  a.field("past", past);
  a.field("decision", decision);
  a.field("record", record);
  a.optional("before", before);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Offer> offer) {
  auto& [place, size, price, quota_left, closed_because, is_doubted] = offer;
  a.field("place", place);
  a.field("size", size);
  a.field("price", price);
  a.optional("quota_left", quota_left);
  a.optional("closed_because", closed_because);
  a.flag("is_doubted", is_doubted, false);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, RollLimits> limits) {
  auto& [max_surge, max_unavailable, soak, pause] = limits;
  a.field("max_surge", max_surge);
  a.field("max_unavailable", max_unavailable);
  a.field("soak", soak);
  a.field("pause", pause);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, PlanLimits> limits) {
  auto& [name_prefix, template_hash, create_tokens, is_trial, drain_share_per_tick,
         is_listing_stale, is_scale_out_paused, is_scale_in_paused, is_traffic_unknown,
         traffic_slots, max_burst, most_wanted, roll] = limits;
  a.field("name_prefix", name_prefix);
  a.field("template_hash", template_hash);
  a.field("create_tokens", create_tokens);
  a.flag("is_trial", is_trial, false);
  a.field("drain_share_per_tick", drain_share_per_tick);
  a.field("is_listing_stale", is_listing_stale);
  a.field("is_scale_out_paused", is_scale_out_paused);
  a.field("is_scale_in_paused", is_scale_in_paused);
  a.flag("is_traffic_unknown", is_traffic_unknown, false);
  a.optional("traffic_slots", traffic_slots);
  a.optional("max_burst", max_burst);
  a.optional("most_wanted", most_wanted);
  a.optional("roll", roll);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, CreateGroup> create) {
  auto& [id, place, size, price, because] = create;
  a.field("id", id);
  a.field("place", place);
  a.field("size", size);
  a.field("price", price);
  a.field("because", because);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, ReadmitGroup> readmit) {
  auto& [id, because] = readmit;
  a.field("id", id);
  a.field("because", because);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, DrainGroup> drain) {
  auto& [id, because] = drain;
  a.field("id", id);
  a.field("because", because);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Withheld> withheld) {
  auto& [count, because] = withheld;
  a.field("count", count);
  a.field("because", because);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Plan> plan) {
  auto& [creates, readmits, drains, withheld] = plan;
  a.list("creates", creates);
  a.list("readmits", readmits);
  a.list("drains", drains);
  a.list("withheld", withheld);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Outcome> outcome) {
  auto& [action, group, result] = outcome;
  a.field("action", action);
  a.field("group", group);
  a.field("result", result);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, SeenLoad> seen) {
  auto& [at, load_rps] = seen;
  a.field("at", at);
  a.field("load", load_rps);
}

/// The whole document, but for its version.
template <class Archive>
void describe_document(Archive& a, Ref<Archive, JournalEntry> entry) {
  auto& [id, at, workload, snapshot, past, decision, offers, plan_limits, plan, outcomes,
         settings_hash, mode, shadow, loads] = entry;
  a.field("at", at);
  a.field("workload", workload);
  a.field("mode", mode);
  a.field("settings_hash", settings_hash);
  a.field("snapshot", snapshot);
  a.field("past", past);
  a.field("decision", decision);
  a.list("offers", offers);
  a.field("plan_limits", plan_limits);
  a.field("plan", plan);
  a.list("outcomes", outcomes);
  a.optional("shadow", shadow);
  a.list("loads", loads);
}

}  // namespace spillway::state
