// The life of one container group as a state machine without IO: an event goes in, what to do next
// comes out. The loop turns what it observes into events and carries out the answer.
//
//   intended ──> creating ──> starting ──> probing ──> serving ──> draining ──> removing ──> gone
//      │            │            │            │  ^        │  ^         │            │
//      │            │            │            │  └────────┘  └─────────┘            v
//      └────────────┴────────────┴──> failed <┴── address changed  readmitted     stuck
//                                        │     evicted <── vanished or evicted, from any living
//                                        state └─────────┴──> removing
//
// Nothing here trusts an answer: a lost create is looked up by name, a delete is repeated until the
// provider says 404.
#pragma once

#include <optional>
#include <string_view>

#include "controller/core/because.hpp"
#include "controller/core/group.hpp"
#include "controller/core/units.hpp"

namespace spillway {

enum class GroupEvent {
  // Answers to what we asked of the provider.
  create_accepted,
  create_unanswered,  ///< timeout or reset: it may or may not exist
  create_refused,     ///< repeating the same create cannot help
  create_deferred,    ///< throttled or busy: the same create may be repeated
  remove_accepted,
  remove_deferred,  ///< busy or throttled: the delete is to be repeated
  // Facts from the provider.
  seen_provisioning,  ///< exists, not yet provisioned
  seen_provisioned,   ///< provisioned, containers not all running
  seen_running,       ///< all containers run and there is an address
  seen_failed,        ///< provisioning failed, or the containers ended
  seen_completed,     ///< the containers ended well, and were not meant to run for ever
  seen_deleting,      ///< the provider is deleting it
  seen_missing,       ///< 404 by name: never from a listing
  seen_moved,         ///< runs at another address than before
  seen_evicted,       ///< the provider took its Spot capacity back, and may start it again
  // Facts from traffic and our probe.
  probe_passed,
  probe_failed,    ///< `failure_threshold` probes in a row did not pass
  withdrawn,       ///< no balancer sends it new requests
  in_flight_zero,  ///< the same, and none is in flight
  // Wishes.
  drain_wanted,  ///< the planner's scale-in
  readmit_wanted,
  remove_wanted,  ///< at once, without drain: eviction by an operator, reaping
  // Time.
  tick,  ///< nothing new: only limits in time are checked
};

/// What the loop has to do next for the group.
enum class Do {
  nothing,
  create,    ///< send the create, with the journalled name and tags
  look_up,   ///< GET by name
  probe,     ///< run our own readiness probe
  admit,     ///< give it traffic
  withdraw,  ///< no new traffic, let requests in flight end
  remove,    ///< evict from traffic if it is still there, then send the delete
  forget,    ///< close the record and the bill
};

std::string_view to_string(GroupEvent event);
std::string_view to_string(Do action);

/// Limits in time. The defaults follow from Azure's behaviour, see each.
struct LifecycleLimits {
  /// From the intent until it serves. Azure itself gives up provisioning after 30 minutes; a burst
  /// that late is of no use, and a small image serves within 1 to 2 minutes.
  Duration start_limit{std::chrono::minutes{10}};
  /// From the intent: how long a create that the provider puts off is repeated in its place. Then
  /// it is forgotten, and the next plan may go elsewhere. One start of a small image: a place that
  /// takes it at once would have it serving by then.
  Duration deferral_limit{std::chrono::seconds{30}};
  /// For requests in flight, from the moment at which every balancer has confirmed that it sends no
  /// new ones. ACI grants no grace of its own on delete.
  Duration drain_deadline{std::chrono::seconds{60}};
  /// While a balancer cannot be reached it may go on sending requests, so the group stays. This
  /// bounds what that costs: it is removed after it all the same. A balancer's machine is mended or
  /// replaced within a working day; ten groups cost about 14 USD until then.
  Duration withdrawal_limit{std::chrono::hours{24}};
  /// From the first delete until 404; later the group counts as stuck.
  Duration remove_limit{std::chrono::minutes{10}};
  /// After an accepted create, or one that is to be undone: how long 404 may mean "not visible".
  Duration visibility_delay{std::chrono::seconds{60}};

  bool operator==(const LifecycleLimits&) const = default;
};

struct GroupState {
  GroupPhase phase{GroupPhase::intended};
  TimePoint since{};          ///< when the phase began
  TimePoint created_at{};     ///< of the intent
  bool is_unanswered{false};  ///< a create was sent and its answer lost
  /// Why it is to leave: kept, so that the journal can tell when it is gone.
  std::optional<Because> leaving_because{};
  /// While it drains: when no balancer sent it new requests any more. Nothing: not confirmed yet.
  std::optional<TimePoint> withdrawn_at{};

  bool operator==(const GroupState&) const = default;
};

struct Step {
  GroupState state{};
  Do action{Do::nothing};
  std::optional<Because> because{};

  bool operator==(const Step&) const = default;
};

/// The next state and what to do. Total: every event is legal in every phase, and one that means
/// nothing there changes nothing. `gone` is final.
Step next_step(const GroupState& state, GroupEvent event, TimePoint now,
               const LifecycleLimits& limits);

}  // namespace spillway
