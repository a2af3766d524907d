// For which time a group is charged, corrected by what the provider tells of it. Azure's rule: from
// the start of the first image pull until the group has stopped, also if the start fails; what
// never pulled costs nothing. What is not told is estimated: from the create, to the last time that
// it was seen. Pure.
//
// Source: the FAQ of Azure Container Instances ("How does the billing work?") and its page on
// restart policies.
#pragma once

#include <optional>

#include "controller/provider/burst_provider.hpp"
#include "controller/state/store.hpp"

namespace spillway {

/// What is known of a group's bill beside its record, while the program runs.
struct BillNotes {
  /// When the provider last showed it, or accepted its create. Nothing: it was never there.
  std::optional<TimePoint> seen_at{};
  bool has_pulled{false};           ///< the provider told the start of a pull, or it ran
  bool is_pull_unknown{true};       ///< its containers were not shown: it may have pulled
  bool is_removal_accepted{false};  ///< the provider took our delete

  bool operator==(const BillNotes&) const = default;
};

/// Takes over what `seen`, read at `now`, says about the bill of `record`. A pull that begins after
/// it has served is a restart of the same stay and moves nothing; an end is final until it runs
/// again. Instants of a provider whose clock is ahead are cut to `now`. Idempotent. True if the
/// record changed.
bool correct_bill(GroupRecord& record, BillNotes& notes, const ProviderGroup& seen, TimePoint now);

/// When the charge for `record` ended, which the provider does not know any more at `now`: at the
/// end of its containers if that was told; now if we removed it; when it was last seen if somebody
/// else did; at its begin if it was never there, or failed before it pulled.
TimePoint bill_end(const GroupRecord& record, const BillNotes& notes, TimePoint now);

}  // namespace spillway
