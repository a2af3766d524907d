// The closed set of reasons. One CamelCase word serves the log, the metric label, the API and the
// journal alike, so that an alert, a graph and `spillway explain` can be joined by it.
#pragma once

#include <optional>
#include <string_view>

namespace spillway {

enum class Because {
  // Latency policies: why at least this many.
  load_over_target,    ///< the load needs more replicas at the target utilization
  load_within_target,  ///< the load fits into what runs now
  load_under_target,   ///< the load needs fewer replicas
  saturated,           ///< utilization crossed the enter edge and has not left the band
  pending_work,        ///< replicas found no room on the cluster
  not_saturated,       ///< utilization is below the band and nothing is pending
  backlog,             ///< jobs wait, and are to be worked off within the promised time
  surge,               ///< the load rises much faster than it used to
  forecast,            ///< at this time of the season the load rises
  scheduled,           ///< a time window of the config is open
  learning,            ///< not known yet what a replica can do
  // Cost policies: why at most this many, or why on VMs.
  budget_pace,        ///< more would spend the budget before its period ends
  budget_spent,       ///< the budget of a period is used up
  not_worth_it,       ///< another replica costs more than the lateness it saves
  too_dear,           ///< a replica, or all of them together, costs more than allowed
  past_break_even,    ///< the burst has lasted longer than a VM needs to pay off
  before_break_even,  ///< it has not
  script_said,        ///< a script of the config asked for it
  script_failed,      ///< a script of the config has a fault: nothing shrinks at first
  // Trust: a sensor is blind, so nothing shrinks.
  no_data,        ///< a needed reading is missing: hold
  stale_data,     ///< a needed reading is too old: hold
  fallback,       ///< blind for longer than `fallback_after`: the safe level, only ever up
  recovering,     ///< data is back; shrinking waits until it has been back long enough
  fleet_unknown,  ///< the cluster or the provider could not be listed: hold
  // Combine and limits: what changed a count on its way.
  highest_floor,           ///< in journals of before only: the floor's own reason stands there now
  ceiling_over_floor,      ///< a cost policy's ceiling won against a floor
  floor_over_ceiling,      ///< a floor won against a ceiling, as configured
  no_opinion,              ///< no policy asked for anything: hold
  within_tolerance,        ///< too small a change to act on
  scale_in_stabilized,     ///< a recent recommendation was higher (stabilization window)
  scale_out_stabilized,    ///< a recent recommendation was lower (stabilization window)
  scale_out_rate_limited,  ///< the scale-out policies allow less per period
  scale_in_rate_limited,   ///< the scale-in policies allow less per period
  flaps_spent,             ///< changed direction too often lately: no scale-in
  in_would_saturate,       ///< fewer replicas would be saturated at once
  allocated,               ///< other workloads share the budget or quota
  too_few_replicas,        ///< raised to the configured minimum
  too_many_replicas,       ///< cut to the configured maximum
  local_first,             ///< the cluster itself has room for the demand
  demand_exceeds_base,     ///< the cluster is full: the rest goes to the burst provider
  steady,                  ///< wanted and running agree
  // Plan: why an action, or why it was withheld.
  scale_out,            ///< more burst replicas are wanted than run
  scale_in,             ///< fewer burst replicas are wanted than run
  readmitted,           ///< a draining group is taken back instead of a new one
  paused,               ///< a person paused this direction
  overridden,           ///< a person fixed the count for a while
  observe_only,         ///< there is no provider: decided and told, not done
  create_tokens_spent,  ///< the provider's create rate is used up for now
  trial_create,         ///< creates were refused: one is tried before the others
  quota_reached,        ///< the provider's quota is used up
  place_unavailable,    ///< no offer accepts creates now (breaker open, or throttled)
  state_unwritten,      ///< its intent is not on disk: after a crash nobody would know of it
  template_unknown,     ///< the cluster has not yet told what a replica looks like
  blast_radius,         ///< more would leave at once than one tick may remove
  traffic_unknown,      ///< a balancer does not answer: what serves may not be withdrawn
  traffic_full,         ///< the balancers have no room for another replica
  // Group lifecycle.
  never_became_ready,   ///< not serving within `start_limit`
  create_refused,       ///< the provider said no, and repeating cannot help here
  create_put_off,       ///< the provider said not now for so long that another place may be quicker
  provisioning_failed,  ///< the provider accepted and then failed
  probe_failing,        ///< a serving replica stopped answering its probe
  probes_doubted,       ///< most of a region fail their probes together: rather the way to them
  completed,            ///< its containers have ended well, as they were meant to
  address_changed,      ///< the provider moved the group to another address
  vanished,             ///< it is gone, and not by our doing
  spot_evicted,         ///< the provider took its Spot capacity back
  platform_restarted,   ///< the provider starts it anew by itself: maintenance, a broken node
  drained,              ///< no request in flight any more
  drain_deadline,       ///< `drain_deadline` passed with requests in flight
  withdrawal_overdue,   ///< no balancer has confirmed its withdrawal within `withdrawal_limit`
  removal_overdue,      ///< the delete has not taken effect within `remove_limit`
  orphaned,             ///< ours by tag, in no record: reaped after `reap_after`
  template_changed,     ///< runs an outdated replica template
};

/// The CamelCase word: `LoadOverTarget`.
std::string_view to_string(Because because);

/// The reason with this CamelCase word; nothing if there is none.
std::optional<Because> because_named(std::string_view word);

}  // namespace spillway
