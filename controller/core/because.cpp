#include "controller/core/because.hpp"

#include <algorithm>
#include <array>

namespace spillway {
namespace {

struct Word {
  Because because;
  std::string_view text;
};

constexpr std::array words{
    Word{Because::load_over_target, "LoadOverTarget"},
    Word{Because::load_within_target, "LoadWithinTarget"},
    Word{Because::load_under_target, "LoadUnderTarget"},
    Word{Because::saturated, "Saturated"},
    Word{Because::pending_work, "PendingWork"},
    Word{Because::not_saturated, "NotSaturated"},
    Word{Because::backlog, "Backlog"},
    Word{Because::surge, "Surge"},
    Word{Because::forecast, "Forecast"},
    Word{Because::scheduled, "Scheduled"},
    Word{Because::learning, "Learning"},
    Word{Because::budget_pace, "BudgetPace"},
    Word{Because::budget_spent, "BudgetSpent"},
    Word{Because::not_worth_it, "NotWorthIt"},
    Word{Because::too_dear, "TooDear"},
    Word{Because::past_break_even, "PastBreakEven"},
    Word{Because::before_break_even, "BeforeBreakEven"},
    Word{Because::script_said, "ScriptSaid"},
    Word{Because::script_failed, "ScriptFailed"},
    Word{Because::no_data, "NoData"},
    Word{Because::stale_data, "StaleData"},
    Word{Because::fallback, "Fallback"},
    Word{Because::recovering, "Recovering"},
    Word{Because::fleet_unknown, "FleetUnknown"},
    Word{Because::highest_floor, "HighestFloor"},
    Word{Because::ceiling_over_floor, "CeilingOverFloor"},
    Word{Because::floor_over_ceiling, "FloorOverCeiling"},
    Word{Because::no_opinion, "NoOpinion"},
    Word{Because::within_tolerance, "WithinTolerance"},
    Word{Because::scale_in_stabilized, "ScaleInStabilized"},
    Word{Because::scale_out_stabilized, "ScaleOutStabilized"},
    Word{Because::scale_out_rate_limited, "ScaleOutRateLimited"},
    Word{Because::scale_in_rate_limited, "ScaleInRateLimited"},
    Word{Because::flaps_spent, "FlapsSpent"},
    Word{Because::in_would_saturate, "InWouldSaturate"},
    Word{Because::allocated, "Allocated"},
    Word{Because::too_few_replicas, "TooFewReplicas"},
    Word{Because::too_many_replicas, "TooManyReplicas"},
    Word{Because::local_first, "LocalFirst"},
    Word{Because::demand_exceeds_base, "DemandExceedsBase"},
    Word{Because::steady, "Steady"},
    Word{Because::scale_out, "ScaleOut"},
    Word{Because::scale_in, "ScaleIn"},
    Word{Because::readmitted, "Readmitted"},
    Word{Because::paused, "Paused"},
    Word{Because::overridden, "Overridden"},
    Word{Because::observe_only, "ObserveOnly"},
    Word{Because::create_tokens_spent, "CreateTokensSpent"},
    Word{Because::quota_reached, "QuotaReached"},
    Word{Because::place_unavailable, "PlaceUnavailable"},
    Word{Because::template_unknown, "TemplateUnknown"},
    Word{Because::blast_radius, "BlastRadius"},
    Word{Because::never_became_ready, "NeverBecameReady"},
    Word{Because::create_refused, "CreateRefused"},
    Word{Because::provisioning_failed, "ProvisioningFailed"},
    Word{Because::probe_failing, "ProbeFailing"},
    Word{Because::address_changed, "AddressChanged"},
    Word{Because::vanished, "Vanished"},
    Word{Because::spot_evicted, "SpotEvicted"},
    Word{Because::platform_restarted, "PlatformRestarted"},
    Word{Because::drained, "Drained"},
    Word{Because::drain_deadline, "DrainDeadline"},
    Word{Because::removal_overdue, "RemovalOverdue"},
    Word{Because::orphaned, "Orphaned"},
    Word{Because::template_changed, "TemplateChanged"},
};

}  // namespace

std::string_view to_string(Because because) {
  const auto word{std::ranges::find(words, because, &Word::because)};
  return word == words.end() ? "Unknown" : word->text;
}

std::optional<Because> because_named(std::string_view text) {
  const auto word{std::ranges::find(words, text, &Word::text)};
  if (word == words.end()) return std::nullopt;
  return word->because;
}

}  // namespace spillway
