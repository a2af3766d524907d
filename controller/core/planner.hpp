// From the decided count to actions on groups: whom to take back, what to create and where, whom to
// drain. Pure: the same decision, fleet and limits give the same plan, and a plan that was applied
// leaves an empty plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/decision.hpp"
#include "controller/core/fleet.hpp"
#include "controller/core/plan.hpp"
#include "controller/core/rolling.hpp"

namespace spillway {

/// A place with a size, and what is known about getting one there now.
struct Offer {
  Place place{};
  GroupSize size{};
  HourlyPrice price{};                      ///< of one group of this size
  std::optional<int> quota_left{};          ///< groups; nothing if the provider did not say
  std::optional<Because> closed_because{};  ///< set: no creates here now
  bool is_doubted{false};  ///< most groups of its region fail their probes: the last choice

  bool operator==(const Offer&) const = default;
};

/// What the planner may use and must not exceed.
struct PlanLimits {
  std::string name_prefix{"spillway"};  ///< of group names; lower case letters, digits, hyphens
  /// Groups with another one leave first. Empty: not known yet, so that no group is outdated.
  std::string template_hash{};
  int create_tokens{100};  ///< creates that the provider's rate allows now
  /// Creates were refused, and `create_tokens` is the one by which that is tried again: the others
  /// wait for what becomes of it.
  bool is_trial{false};
  /// Share of the serving burst replicas that one tick may drain; at least one always may. Guards
  /// against a wrong view of the world, as a wrong view never drains everything at once.
  double drain_share_per_tick{0.5};
  bool is_listing_stale{false};  ///< the last listing failed: nothing is drained on an old view
  bool is_scale_out_paused{false};
  bool is_scale_in_paused{false};
  /// A balancer did not answer when last asked: nothing that serves is drained, since it might go
  /// on getting requests.
  bool is_traffic_unknown{false};
  /// How many groups the balancers have room for, learned from a refusal; nothing if unknown.
  std::optional<int> traffic_slots{};
  /// The most burst replicas, a cover's included (the settings' max_burst and max_cover), if any.
  std::optional<int> max_burst{};
  /// The most burst replicas that may be wanted: a group that holds several replicas is not created
  /// if it would bring more than that. Nothing: a group may hold more than is missing.
  std::optional<int> most_wanted{};
  /// How groups with another template are replaced; nothing: they stay until a scale-in.
  std::optional<RollLimits> roll{};

  bool operator==(const PlanLimits&) const = default;
};

/// Plans `decision.burst` replicas from what runs.
///
/// Scale-out takes back draining groups first (newest first: their caches are warmest), then
/// creates on the first open offer with quota, in the order given (placement policies rank the
/// offers). Scale-in lets go of what does not serve yet, then of outdated templates, then of the
/// groups with the fewest requests in flight, newest first. What serves and got no traffic is no
/// capacity, and leaves once it has waited for two minutes. An unknown fleet or a blind decision
/// drains nothing. Where neither is due, outdated groups are replaced step by step: rolling.hpp.
///
/// Groups whose probes fail with those of most of their region may be lost, or only be out of our
/// reach: they are kept, and covered by as many in other regions, where there are such. As far as
/// the others serve what is wanted, the doubted ones are drained: first the cover, then the move.
/// It keeps within `max_burst` below and all ceilings of cost policies; beyond those see
/// ProbeDoubts.
///
/// Groups in a place that could not be listed stay, and the others leave as far as they are not
/// needed with what is known to serve: an unlisted group that passes its probes is.
///
/// Example: 5 wanted, 2 serving, 1 draining: readmit 1, create 2.
Plan plan_burst(const Decision& decision, const Fleet& fleet, const std::vector<Offer>& offers,
                const PlanLimits& limits);

}  // namespace spillway
