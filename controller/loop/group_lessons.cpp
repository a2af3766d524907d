// What the keeper learns about places, images and rights from groups that start, fail and are taken
// away, and what it makes of that. The rest of GroupKeeper is in group_keeper.cpp.
#include <fmt/format.h>

#include <array>

#include "controller/loop/group_keeper.hpp"

namespace spillway {
namespace {

/// Image and rights are the same everywhere, so these refusals stop the workload, not the place.
bool concerns_every_place(Errc code) {
  return code == Errc::bad_request || code == Errc::registry || code == Errc::denied;
}

std::string place_key(const Place& place) {
  return "place " + to_string(place);
}
/// A smaller size may find room where a larger one does not.
std::string offer_key(const Place& place, const GroupSize& size) {
  return fmt::format("offer {} {} {}", to_string(place), size.vcpu, size.memory_gb);
}
/// Zones share the quota of their region.
std::string quota_key(Place place) {
  place.zone.clear();
  return fmt::format("quota {} {}", place.subscription, to_string(place));
}
std::string workload_key(const std::string& workload) {
  return "workload " + workload;
}

/// Everything that one create says something about.
std::array<std::string, 4> breaker_keys(const GroupRecord& record) {
  return {workload_key(record.workload), quota_key(record.place), place_key(record.place),
          offer_key(record.place, record.size)};
}

}  // namespace

void GroupKeeper::remember(std::string_view breakers, std::string_view success_rates,
                           std::optional<TimePoint> listed_at) {
  listed_at_ = listed_at;
  breakers_.read_text(breakers);
  success_rates_ = SuccessRates::from_text(success_rates);
}

void GroupKeeper::note_try(const GroupRecord& record) {
  for (const std::string& key : breaker_keys(record)) breakers_.note_try(key, clock_.now());
}

void GroupKeeper::note_service(const GroupRecord& record) {
  has_learned_ = true;
  for (const std::string& key : breaker_keys(record)) {
    breakers_.succeed(key, record.state.created_at);
  }
}

void GroupKeeper::note_failure(const GroupRecord& record) {
  const TimePoint now{clock_.now()};
  has_learned_ = true;
  breakers_.fail(place_key(record.place), Because::place_unavailable, now);
  success_rates_.note(record.place, false, now);
}

/// Capacity that is taken back is as good as a start that failed; the journal's entry of the create
/// says what became of it.
void GroupKeeper::note_eviction(const GroupRecord& record) {
  has_learned_ = true;
  success_rates_.note(record.place, false, clock_.now());
  changes_.outcomes.push_back(
      {.workload = record.workload,
       .tick = record.intended_at.value_or(record.state.created_at),
       .outcome = {.action = "evicted",
                   .group = record.id,
                   .result = std::string{to_string(Because::spot_evicted)}}});
}

void GroupKeeper::note_refusal(const GroupRecord& record, Errc kind) {
  const TimePoint now{clock_.now()};
  has_learned_ = true;
  if (kind == Errc::registry || kind == Errc::bad_request) {
    ++template_failures_[{record.workload, record.template_hash}];
  }
  if (concerns_every_place(kind)) {
    breakers_.refuse(workload_key(record.workload), Because::create_refused, now);
  } else if (kind == Errc::quota) {
    breakers_.refuse(quota_key(record.place), Because::quota_reached, now);
  } else {
    breakers_.refuse(offer_key(record.place, record.size), Because::place_unavailable, now);
  }
}

std::optional<Because> GroupKeeper::closed_because(const std::string& workload, const Offer& offer,
                                                   std::optional<TimePoint> quota_read_at) const {
  const TimePoint now{clock_.now()};
  if (const auto because{breakers_.closed_because(workload_key(workload), now)}) return because;
  const std::string quota{quota_key(offer.place)};
  const bool has_room{offer.quota_left.value_or(0) > 0 && quota_read_at &&
                      *quota_read_at > breakers_.refused_at(quota)};
  if (const auto because{breakers_.closed_because(quota, now)}; because && !has_room)
    return because;
  if (const auto because{breakers_.closed_because(place_key(offer.place), now)}) return because;
  return breakers_.closed_because(offer_key(offer.place, offer.size), now);
}

bool GroupKeeper::is_half_open(const std::string& workload, const Offer& offer) const {
  const TimePoint now{clock_.now()};
  return breakers_.is_half_open(workload_key(workload), now) ||
         breakers_.is_half_open(quota_key(offer.place), now) ||
         breakers_.is_half_open(place_key(offer.place), now) ||
         breakers_.is_half_open(offer_key(offer.place, offer.size), now);
}

bool GroupKeeper::is_half_open(const std::string& workload) const {
  return breakers_.is_half_open(workload_key(workload), clock_.now());
}

int GroupKeeper::failures(const std::string& workload, const std::string& template_hash) const {
  const auto found{template_failures_.find({workload, template_hash})};
  return found == template_failures_.end() ? 0 : found->second;
}

int GroupKeeper::created_since(const Place& region, TimePoint since) const {
  int count{0};
  for (const auto& [id, tracked] : tracked_) {
    Place place{tracked.record.place};
    place.zone.clear();
    const TimePoint at{tracked.record.state.created_at};
    if (place == region && at >= since && may_cost_money(tracked.record.state.phase)) ++count;
  }
  return count;
}

double GroupKeeper::success_rate(const Place& place) const {
  return success_rates_.rate(place, clock_.now());
}

}  // namespace spillway
