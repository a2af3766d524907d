// What a complete listing of the provider means for the groups that are kept: events, adoption,
// reaping. The rest of GroupKeeper is in group_keeper.cpp.
#include <algorithm>
#include <cmath>
#include <set>

#include "controller/loop/group_keeper.hpp"

namespace spillway {

void GroupKeeper::see_listing(const Listing& listing, const std::set<std::string>& workloads,
                              Duration reap_after) {
  const std::vector<ProviderGroup>& listed{listing.groups};
  forget_closed();
  std::set<GroupId> known{};
  for (const auto& [id, tracked] : tracked_) known.insert(id);
  for (const auto& [id, at] : closed_) known.insert(id);
  for (auto& [id, tracked] : tracked_) {
    tracked.is_listed_pending = false;
    tracked.is_unlisted = listing.is_whole();
  }

  for (const ProviderGroup& group : listed) {
    Tracked* tracked{find(group.id)};
    if (tracked) tracked->bill.seen_at = clock_.now();
    if (tracked) tracked->is_unlisted = false;
    // A listing is a little old: while an operation runs, only its own answer counts.
    if (!tracked || tracked->is_busy) continue;
    const GroupPhase phase{tracked->record.state.phase};
    const bool is_pending{is_on_its_way(group)};
    tracked->is_listed_pending = is_pending;
    if (!is_pending) tracked->removal_pause.settled();
    tracked->is_warm = tracked->is_warm || group.is_warm;
    // A listing does not say why a start failed, and the reason decides on the next place; nor why
    // something that served is being started once more.
    const bool is_unexplained{(group.provisioning == Provisioning::failed && is_starting(phase)) ||
                              (is_pending && phase == GroupPhase::serving)};
    if (is_unexplained) {
      perform(*tracked, Do::look_up);
      continue;
    }
    const GroupEvent event{event_of(group, tracked->record.ip)};
    if (event == GroupEvent::seen_moved) tracked->record.ip = group.ip;
    handle(*tracked, event);
  }

  // The bill of a group that vanishes while nobody looks goes on from here, so in doubt from
  // before.
  if (listing.is_whole()) listed_at_ = clock_.now();
  const Adoption adoption{compare(listed, known, workloads, clock_.now(), reap_after)};
  for (const std::vector<ProviderGroup>* unrecorded : {&adoption.adopt, &adoption.reap}) {
    for (const ProviderGroup& group : *unrecorded) {
      if (is_of_rival(group)) observer_.on_rival(group.id);
    }
  }
  for (const ProviderGroup& group : adoption.adopt) {
    observer_.on_orphan(group.id, is_acting_ ? "adopted" : "observed");
    if (!is_acting_) continue;
    adopt(group);
  }
  for (const ProviderGroup& group : adoption.reap) {
    observer_.on_orphan(group.id, is_acting_ ? "reaped" : "observed");
    if (!is_acting_) continue;
    adopt(group);
    if (Tracked * tracked{find(group.id)}) handle(*tracked, GroupEvent::remove_wanted);
  }
}

void GroupKeeper::note_made(const GroupId& group) {
  constexpr std::size_t made_max{10'000};  // a day and more at Azure's rate
  if (made_.size() >= made_max) {
    made_.clear();
    makes_since_ = clock_.now();
  }
  made_.insert(group);
}

/// Each group of ours was recorded before its create was sent. One that is in no record is of an
/// earlier run that lost its state, unless it was made since: then another controller runs with our
/// owner, counts our groups and removes them. The tag has the time of its machine.
bool GroupKeeper::is_of_rival(const ProviderGroup& group) const {
  constexpr Duration clocks_differ_by{std::chrono::minutes{1}};
  return !made_.contains(group.id) && group.tags.created_at > makes_since_ + clocks_differ_by;
}

void GroupKeeper::adopt(const ProviderGroup& group) {
  const TimePoint now{clock_.now()};
  const auto workload{find_workload_(group.tags.workload)};
  Tracked& tracked{tracked_[group.id]};
  tracked.record = {.id = group.id,
                    .workload = group.tags.workload,
                    .place = group.place,
                    .size = group.size,
                    .template_hash = group.tags.template_hash,
                    .state = {.phase = GroupPhase::creating, .since = now, .created_at = now},
                    .intended_at = group.tags.created_at,
                    .port = workload ? workload->replica.port : 0,
                    .billed_from = group.billed_since.value_or(group.tags.created_at),
                    .note = "adopted: found by its tags, in no record"};
  tracked.record.price = price_of(group, workload.get());
  tracked.bill.seen_at = now;
  tracked.is_changed = true;
  perform(tracked, Do::look_up);
}

/// As the offer that it was made from; without one, as the price list says, since what is charged
/// for must not be free in the ledger.
HourlyPrice GroupKeeper::price_of(const ProviderGroup& group, const Workload* workload) const {
  const auto is_same{[&](const Offer& offer) {
    return offer.place == group.place && std::abs(offer.size.vcpu - group.size.vcpu) < 1e-6 &&
           std::abs(offer.size.memory_gb - group.size.memory_gb) < 1e-6;
  }};
  if (workload != nullptr) {
    const auto offer{std::ranges::find_if(workload->offers, is_same)};
    if (offer != workload->offers.end()) return offer->price;
  }
  if (price_of_) return price_of_(group.place, group.size);
  const auto is_here{[&](const Offer& offer) { return offer.place == group.place; }};
  if (workload == nullptr) return {};
  const auto near{std::ranges::find_if(workload->offers, is_here)};
  return near == workload->offers.end() ? HourlyPrice{} : near->price;
}

}  // namespace spillway
