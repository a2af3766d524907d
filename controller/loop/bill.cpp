#include "controller/loop/bill.hpp"

#include <algorithm>

namespace spillway {
namespace {

/// The begin of the charge that `seen` tells, as far as it says something new.
std::optional<TimePoint> told_begin(const GroupRecord& record, const BillNotes& notes,
                                    const ProviderGroup& seen, TimePoint now) {
  // A member of a standby pool was pulled for the pool, whose bill has it until it was taken.
  if (!seen.billed_since || seen.is_warm) return std::nullopt;
  const TimePoint told{std::min(*seen.billed_since, now)};
  // The first word replaces the estimate. Events are of the last start only: after a restart the
  // pull is a later one, and the group was charged for before it.
  const bool is_first_start{!notes.has_pulled && !record.serving_since && seen.restarts == 0};
  if (is_first_start || !record.billed_from) return told;
  return std::min(told, *record.billed_from);
}

}  // namespace

bool correct_bill(GroupRecord& record, BillNotes& notes, const ProviderGroup& seen, TimePoint now) {
  const auto from_before{record.billed_from};
  const auto until_before{record.billed_until};
  notes.seen_at = now;
  if (const auto begin{told_begin(record, notes, seen, now)}) record.billed_from = *begin;
  const bool is_shown{seen.running != Running::unknown};
  if (is_shown) notes.is_pull_unknown = false;
  // A group that failed before it ran counts as ended, too.
  const bool has_run{seen.running == Running::running ||
                     (seen.running == Running::ended && seen.provisioning != Provisioning::failed)};
  if (seen.billed_since || has_run) notes.has_pulled = true;

  // What is started again after its end, by a person or by the platform, is charged for again; the
  // time between is not worth a second run in the books.
  const bool has_ended{seen.running == Running::ended};
  if (is_shown && !has_ended) record.billed_until.reset();
  if (has_ended && seen.ended_at) {
    const TimePoint begin{record.billed_from.value_or(*seen.ended_at)};
    record.billed_until = std::clamp(*seen.ended_at, std::min(begin, now), now);
  }
  return record.billed_from != from_before || record.billed_until != until_before;
}

TimePoint bill_end(const GroupRecord& record, const BillNotes& notes, TimePoint now) {
  if (record.billed_until) return *record.billed_until;
  const TimePoint begin{record.billed_from.value_or(now)};
  if (!notes.seen_at) return begin;
  const bool has_served{record.serving_since.has_value()};
  const bool never_pulled{!has_served && !notes.has_pulled && !notes.is_pull_unknown};
  if (never_pulled) return begin;
  if (notes.is_removal_accepted) return now;
  return std::clamp(*notes.seen_at, std::min(begin, now), now);
}

}  // namespace spillway
