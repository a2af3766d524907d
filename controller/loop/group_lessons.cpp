// What the keeper learns about places, images and rights from groups that start, fail and are taken
// away, and what it makes of that. The rest of GroupKeeper is in group_keeper.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/core/text_rows.hpp"
#include "controller/loop/group_keeper.hpp"

namespace spillway {
namespace {

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
/// An image is the same in every place, and another template may have another one.
std::string image_key(const std::string& workload, const std::string& template_hash) {
  return fmt::format("image {} {}", workload, template_hash);
}

/// What is to be gone, and is not yet.
bool is_to_be_gone(GroupPhase phase) {
  return phase == GroupPhase::failed || phase == GroupPhase::evicted ||
         phase == GroupPhase::removing || phase == GroupPhase::stuck;
}

/// Everything that one create says something about.
std::array<std::string, 4> breaker_keys(const GroupRecord& record) {
  return {image_key(record.workload, record.template_hash), quota_key(record.place),
          place_key(record.place), offer_key(record.place, record.size)};
}

/// What of a template's secrets may be written down: enough to see that one of them was corrected,
/// too little to guess it by.
std::string secrets_mark(const ReplicaTemplate& replica) {
  constexpr std::size_t digits{4};
  ReplicaTemplate secrets{};
  secrets.image = replica.registry_password;
  secrets.env = replica.secure_env;
  secrets.registry_username = replica.log_workspace_key;
  for (const auto& [name, volume] : replica.volumes) {
    const auto* const share{std::get_if<AzureFileVolume>(&volume.kind)};
    if (share != nullptr) secrets.command.push_back(share->key);
    const auto* const files{std::get_if<SecretVolume>(&volume.kind)};
    if (files == nullptr) continue;
    for (const auto& [file, content] : files->files) secrets.command.push_back(content);
  }
  return template_hash(secrets).substr(0, digits);
}

}  // namespace

/// The template as it would be sent now; empty if the workload is not known.
std::string GroupKeeper::version_of(const std::string& workload) const {
  const auto found{find_workload_(workload)};
  if (!found) return {};
  return found->plan_limits.template_hash + " " + secrets_mark(found->replica);
}

const RefusedTemplate* GroupKeeper::refused_template(const std::string& workload) const {
  const auto found{refused_.find(workload)};
  const bool is_current{found != refused_.end() && found->second.version == version_of(workload)};
  return is_current ? &found->second : nullptr;
}

void GroupKeeper::forgive() {
  has_learned_ = true;
  refused_.clear();
  breakers_.forgive("image ", Because::create_refused);
  breakers_.forgive("place ", Because::create_refused);
  for (auto& [id, tracked] : tracked_) tracked.removal_pause.reset();
}

/// Where a removal was denied the group is not asked for either, unless it may be gone by other
/// hands: it is shown as what it is, and the listing goes on seeing it.
bool GroupKeeper::is_removal_paused(const Tracked& tracked, Do action) const {
  if (action == Do::remove && tracked.removal_pause.is_too_early(clock_.now())) return true;
  const bool is_of_removal{action == Do::remove ||
                           (action == Do::look_up && is_to_be_gone(tracked.record.state.phase))};
  const bool may_be_gone{action == Do::look_up && tracked.is_unlisted};
  return is_of_removal && !may_be_gone && tracked.removal_pause.holds(clock_.now());
}

void GroupKeeper::note_removal(Tracked& tracked, const OperationResult& result, Do action) {
  const bool is_look{action == Do::look_up && is_to_be_gone(tracked.record.state.phase)};
  if (action != Do::remove && !is_look) return;
  const bool is_denied{result.error && result.error->code == Errc::denied};
  const bool is_too_early{result.error && result.error->code == Errc::transitioning};
  if (is_denied) tracked.removal_pause.on_denied(*result.error, clock_.now());
  if (is_too_early && !is_look) tracked.removal_pause.on_too_early(clock_.now());
  if (result.seen && !is_on_its_way(*result.seen)) tracked.removal_pause.settled();
  // That it can be looked at says nothing about the right to remove it.
  if (!is_denied && !is_too_early && !is_look) tracked.removal_pause.reset();
}

void GroupKeeper::remember(std::string_view breakers, std::string_view success_rates,
                           std::optional<TimePoint> listed_at) {
  listed_at_ = listed_at;
  breakers_.read_text(breakers);
  breakers_.forget_future(clock_.now());
  // Rights and registries are mended by people, who then start the program again.
  breakers_.forgive("image ", Because::create_refused);
  breakers_.forgive("place ", Because::create_refused);
  success_rates_ = SuccessRates::from_text(success_rates);
}

void GroupKeeper::remember_refused(std::string_view refused) {
  for (const auto& row : rows_of(refused, 4)) {
    const auto at{number_of<std::int64_t>(row[2])};
    if (at) refused_[row[0]] = {row[1], row[3], TimePoint{Duration{*at}}};
  }
}

std::string GroupKeeper::refused_text() const {
  std::string text{};
  for (const auto& [workload, refused] : refused_) {
    std::string words{refused.words};
    std::ranges::replace_if(
        words, [](char each) { return each == '\t' || each == '\n'; }, ' ');
    add_row(text, {workload, refused.version, std::to_string(refused.at.time_since_epoch().count()),
                   words});
  }
  return text;
}

void GroupKeeper::note_try(const GroupRecord& record) {
  for (const std::string& key : breaker_keys(record)) breakers_.note_try(key, clock_.now());
}

void GroupKeeper::note_service(const GroupRecord& record) {
  has_learned_ = true;
  for (const std::string& key : breaker_keys(record)) {
    breakers_.succeed(key, record.state.created_at);
  }
  refused_.erase(record.workload);
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

void GroupKeeper::note_refusal(const GroupRecord& record, Errc kind, const std::string& words) {
  const TimePoint now{clock_.now()};
  has_learned_ = true;
  if (kind == Errc::registry || kind == Errc::bad_request) {
    ++template_failures_[{record.workload, record.template_hash}];
  }
  const auto workload{find_workload_(record.workload)};
  const bool is_current{workload && workload->plan_limits.template_hash == record.template_hash};
  if (kind == Errc::bad_request) {
    // True in every place and for ever: only another template can be accepted.
    if (is_current) refused_[record.workload] = {version_of(record.workload), words, now};
  } else if (kind == Errc::registry) {
    breakers_.refuse(image_key(record.workload, record.template_hash), Because::create_refused,
                     now);
  } else if (kind == Errc::denied) {
    // A right, a resource group or a provider that is missing in one place may be there in the
    // next.
    breakers_.refuse(place_key(record.place), Because::create_refused, now);
  } else if (kind == Errc::quota) {
    breakers_.refuse(quota_key(record.place), Because::quota_reached, now);
  } else {
    breakers_.refuse(offer_key(record.place, record.size), Because::place_unavailable, now);
  }
}

std::optional<Because> GroupKeeper::closed_because(const std::string& workload, const Offer& offer,
                                                   std::optional<TimePoint> quota_read_at) const {
  const TimePoint now{clock_.now()};
  if (refused_template(workload) != nullptr) return Because::create_refused;
  if (const auto because{breakers_.closed_because(current_image_key(workload), now)}) {
    return because;
  }
  const std::string quota{quota_key(offer.place)};
  const bool has_room{offer.quota_left.value_or(0) > 0 && quota_read_at &&
                      *quota_read_at > breakers_.refused_at(quota)};
  if (const auto because{breakers_.closed_because(quota, now)}; because && !has_room)
    return because;
  if (const auto because{breakers_.closed_because(place_key(offer.place), now)}) return because;
  const auto put_off{put_off_until_.find(offer.place)};
  if (put_off != put_off_until_.end() && now < put_off->second) return Because::place_unavailable;
  return breakers_.closed_because(offer_key(offer.place, offer.size), now);
}

bool GroupKeeper::is_half_open(const std::string& workload, const Offer& offer) const {
  const TimePoint now{clock_.now()};
  return breakers_.is_half_open(current_image_key(workload), now) ||
         breakers_.is_half_open(quota_key(offer.place), now) ||
         breakers_.is_half_open(place_key(offer.place), now) ||
         breakers_.is_half_open(offer_key(offer.place, offer.size), now);
}

bool GroupKeeper::is_half_open(const std::string& workload) const {
  return breakers_.is_half_open(current_image_key(workload), clock_.now());
}

std::string GroupKeeper::current_image_key(const std::string& workload) const {
  const auto found{find_workload_(workload)};
  return image_key(workload, found ? found->plan_limits.template_hash : std::string{});
}

int GroupKeeper::failures(const std::string& workload, const std::string& template_hash) const {
  const auto found{template_failures_.find({workload, template_hash})};
  return found == template_failures_.end() ? 0 : found->second;
}

std::vector<GroupSize> GroupKeeper::created_since(const Place& region, TimePoint since) const {
  std::vector<GroupSize> sizes{};
  for (const auto& [id, tracked] : tracked_) {
    Place place{tracked.record.place};
    place.zone.clear();
    const TimePoint at{tracked.record.state.created_at};
    const bool counts{place == region && at >= since && may_cost_money(tracked.record.state.phase)};
    if (counts) sizes.push_back(tracked.record.size);
  }
  return sizes;
}

double GroupKeeper::success_rate(const Place& place) const {
  return success_rates_.rate(place, clock_.now());
}

}  // namespace spillway
