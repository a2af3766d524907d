#include "controller/core/because.hpp"

#include <algorithm>
#include <array>

namespace spillway {
namespace {

struct BecauseWord {
  Because because;
  std::string_view text;
};

constexpr std::array because_words{
    BecauseWord{Because::load_over_target, "LoadOverTarget"},
    BecauseWord{Because::load_within_target, "LoadWithinTarget"},
    BecauseWord{Because::load_under_target, "LoadUnderTarget"},
    BecauseWord{Because::saturated, "Saturated"},
    BecauseWord{Because::pending_work, "PendingWork"},
    BecauseWord{Because::not_saturated, "NotSaturated"},
    BecauseWord{Because::backlog, "Backlog"},
    BecauseWord{Because::surge, "Surge"},
    BecauseWord{Because::forecast, "Forecast"},
    BecauseWord{Because::scheduled, "Scheduled"},
    BecauseWord{Because::learning, "Learning"},
    BecauseWord{Because::budget_pace, "BudgetPace"},
    BecauseWord{Because::budget_spent, "BudgetSpent"},
    BecauseWord{Because::not_worth_it, "NotWorthIt"},
    BecauseWord{Because::too_dear, "TooDear"},
    BecauseWord{Because::past_break_even, "PastBreakEven"},
    BecauseWord{Because::before_break_even, "BeforeBreakEven"},
    BecauseWord{Because::script_said, "ScriptSaid"},
    BecauseWord{Because::script_failed, "ScriptFailed"},
    BecauseWord{Because::no_data, "NoData"},
    BecauseWord{Because::stale_data, "StaleData"},
    BecauseWord{Because::fallback, "Fallback"},
    BecauseWord{Because::recovering, "Recovering"},
    BecauseWord{Because::fleet_unknown, "FleetUnknown"},
    BecauseWord{Because::highest_floor, "HighestFloor"},
    BecauseWord{Because::ceiling_over_floor, "CeilingOverFloor"},
    BecauseWord{Because::floor_over_ceiling, "FloorOverCeiling"},
    BecauseWord{Because::no_opinion, "NoOpinion"},
    BecauseWord{Because::within_tolerance, "WithinTolerance"},
    BecauseWord{Because::scale_in_stabilized, "ScaleInStabilized"},
    BecauseWord{Because::scale_out_stabilized, "ScaleOutStabilized"},
    BecauseWord{Because::scale_out_rate_limited, "ScaleOutRateLimited"},
    BecauseWord{Because::scale_in_rate_limited, "ScaleInRateLimited"},
    BecauseWord{Because::flaps_spent, "FlapsSpent"},
    BecauseWord{Because::in_would_saturate, "InWouldSaturate"},
    BecauseWord{Because::allocated, "Allocated"},
    BecauseWord{Because::too_few_replicas, "TooFewReplicas"},
    BecauseWord{Because::too_many_replicas, "TooManyReplicas"},
    BecauseWord{Because::local_first, "LocalFirst"},
    BecauseWord{Because::demand_exceeds_base, "DemandExceedsBase"},
    BecauseWord{Because::steady, "Steady"},
    BecauseWord{Because::scale_out, "ScaleOut"},
    BecauseWord{Because::scale_in, "ScaleIn"},
    BecauseWord{Because::readmitted, "Readmitted"},
    BecauseWord{Because::paused, "Paused"},
    BecauseWord{Because::overridden, "Overridden"},
    BecauseWord{Because::observe_only, "ObserveOnly"},
    BecauseWord{Because::create_tokens_spent, "CreateTokensSpent"},
    BecauseWord{Because::trial_create, "TrialCreate"},
    BecauseWord{Because::quota_reached, "QuotaReached"},
    BecauseWord{Because::place_unavailable, "PlaceUnavailable"},
    BecauseWord{Because::state_unwritten, "StateUnwritten"},
    BecauseWord{Because::template_unknown, "TemplateUnknown"},
    BecauseWord{Because::blast_radius, "BlastRadius"},
    BecauseWord{Because::traffic_unknown, "TrafficUnknown"},
    BecauseWord{Because::traffic_full, "TrafficFull"},
    BecauseWord{Because::never_became_ready, "NeverBecameReady"},
    BecauseWord{Because::create_refused, "CreateRefused"},
    BecauseWord{Because::create_put_off, "CreatePutOff"},
    BecauseWord{Because::provisioning_failed, "ProvisioningFailed"},
    BecauseWord{Because::probe_failing, "ProbeFailing"},
    BecauseWord{Because::probes_doubted, "ProbesDoubted"},
    BecauseWord{Because::completed, "Completed"},
    BecauseWord{Because::address_changed, "AddressChanged"},
    BecauseWord{Because::vanished, "Vanished"},
    BecauseWord{Because::spot_evicted, "SpotEvicted"},
    BecauseWord{Because::platform_restarted, "PlatformRestarted"},
    BecauseWord{Because::drained, "Drained"},
    BecauseWord{Because::drain_deadline, "DrainDeadline"},
    BecauseWord{Because::withdrawal_overdue, "WithdrawalOverdue"},
    BecauseWord{Because::removal_overdue, "RemovalOverdue"},
    BecauseWord{Because::orphaned, "Orphaned"},
    BecauseWord{Because::template_changed, "TemplateChanged"},
};

}  // namespace

std::string_view to_string(Because because) {
  const auto word{std::ranges::find(because_words, because, &BecauseWord::because)};
  return word == because_words.end() ? "Unknown" : word->text;
}

std::optional<Because> because_named(std::string_view text) {
  const auto word{std::ranges::find(because_words, text, &BecauseWord::text)};
  if (word == because_words.end()) return std::nullopt;
  return word->because;
}

}  // namespace spillway
