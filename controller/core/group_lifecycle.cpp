#include "controller/core/group_lifecycle.hpp"

namespace spillway {
namespace {

/// The machine at work on one event: each phase has one function, each returns the whole step.
class Machine {
 public:
  Machine(const GroupState& state, GroupEvent event, TimePoint now, const LifecycleLimits& limits)
      : state_{state}, event_{event}, now_{now}, limits_{limits} {}

  Step run() const {
    switch (state_.phase) {
      case GroupPhase::intended:
        return intended();
      case GroupPhase::creating:
      case GroupPhase::starting:
      case GroupPhase::probing:
        return coming_up();
      case GroupPhase::serving:
        return serving();
      case GroupPhase::draining:
        return draining();
      case GroupPhase::failed:
      case GroupPhase::evicted:
      case GroupPhase::removing:
      case GroupPhase::stuck:
        return leaving();
      case GroupPhase::gone:
        return stay(Do::nothing);
    }
    return stay(Do::nothing);
  }

 private:
  Step stay(Do action) const { return {state_, action, std::nullopt}; }

  Step enter(GroupPhase phase, Do action, std::optional<Because> because = std::nullopt) const {
    GroupState next{state_};
    if (next.phase != phase) next.since = now_;
    if (is_starting(phase)) next.is_unanswered = false;  // it was seen, so the answer is known
    next.phase = phase;
    next.withdrawn_at.reset();
    return {next, action, because};
  }

  Step leave(GroupPhase phase, Do action, Because because) const {
    Step step{enter(phase, action, because)};
    if (!step.state.leaving_because) step.state.leaving_because = because;
    return step;
  }

  Step vanish(Because because) const { return leave(GroupPhase::gone, Do::forget, because); }

  bool is_start_overdue() const { return now_ - state_.created_at > limits_.start_limit; }

  /// Every create of it was answered with a refusal for now: there is surely no such group.
  bool is_put_off_for_long() const {
    return event_ == GroupEvent::create_deferred && !state_.is_unanswered &&
           now_ - state_.created_at > limits_.deferral_limit;
  }

  Step intended() const {
    switch (event_) {
      case GroupEvent::create_accepted:
        return enter(GroupPhase::creating, Do::nothing);
      case GroupEvent::create_unanswered:
        return unanswered();
      case GroupEvent::create_refused:
        // Azure may keep a refused group, hold its quota and start it later: delete it by name.
        return leave(GroupPhase::failed, Do::remove, Because::create_refused);
      case GroupEvent::seen_missing:
        if (is_start_overdue()) {  // an intent of long ago, found after a restart: wanted no more
          return leave(GroupPhase::failed, Do::remove, Because::never_became_ready);
        }
        return stay(Do::create);  // the same name: a late arrival of the first create is harmless
      case GroupEvent::drain_wanted:
        return leave(GroupPhase::removing, Do::remove, Because::scale_in);
      case GroupEvent::remove_wanted:
        return leave(GroupPhase::removing, Do::remove, Because::orphaned);
      case GroupEvent::create_deferred:
      case GroupEvent::tick:
        if (is_start_overdue()) {
          return leave(GroupPhase::failed, Do::remove, Because::never_became_ready);
        }
        if (is_put_off_for_long()) return vanish(Because::create_put_off);
        return event_ == GroupEvent::create_deferred ? stay(Do::nothing)
               : state_.is_unanswered                ? stay(Do::look_up)
                                                     : stay(Do::create);
      default:
        return coming_up();
    }
  }

  /// The answer to the create was lost: only the name can tell what happened.
  Step unanswered() const {
    Step step{stay(Do::look_up)};
    step.state.is_unanswered = true;
    step.state.since = now_;
    return step;
  }

  Step coming_up() const {
    switch (event_) {
      case GroupEvent::create_accepted:
      case GroupEvent::seen_provisioning:
        return state_.phase == GroupPhase::intended ? enter(GroupPhase::creating, Do::nothing)
                                                    : overdue_or(Do::nothing);
      case GroupEvent::seen_provisioned:
        return overdue_or_enter(GroupPhase::starting, Do::nothing);
      case GroupEvent::seen_running:
      case GroupEvent::seen_moved:
        return overdue_or_enter(GroupPhase::probing, Do::probe);
      case GroupEvent::probe_passed:
        if (state_.phase == GroupPhase::probing) return enter(GroupPhase::serving, Do::admit);
        return stay(Do::nothing);
      case GroupEvent::seen_failed:
        return leave(GroupPhase::failed, Do::remove, Because::provisioning_failed);
      case GroupEvent::seen_completed:
        return leave(GroupPhase::removing, Do::remove, Because::completed);
      case GroupEvent::seen_missing:
        // Accepted or listed a moment ago, it need not be visible by name yet. Taking that for its
        // end would make a second one, and another with every tick.
        if (need_not_be_visible()) return stay(Do::nothing);
        return vanish(Because::vanished);
      case GroupEvent::seen_deleting:
        return leave(GroupPhase::evicted, Do::withdraw, Because::vanished);
      case GroupEvent::seen_evicted:
        return leave(GroupPhase::evicted, Do::remove, Because::spot_evicted);
      case GroupEvent::drain_wanted:
        return leave(GroupPhase::removing, Do::remove, Because::scale_in);
      case GroupEvent::remove_wanted:
        return leave(GroupPhase::removing, Do::remove, Because::orphaned);
      case GroupEvent::probe_failed:
        return overdue_or(Do::probe);
      case GroupEvent::tick:
        return overdue_or(state_.phase == GroupPhase::probing ? Do::probe : Do::look_up);
      default:
        return stay(Do::nothing);
    }
  }

  /// What runs was seen by its name.
  bool need_not_be_visible() const {
    const bool is_new{state_.phase == GroupPhase::creating || state_.phase == GroupPhase::starting};
    return is_new && now_ - state_.since < limits_.visibility_delay;
  }

  Step overdue_or(Do action) const {
    if (!is_start_overdue()) return stay(action);
    return leave(GroupPhase::failed, Do::remove, Because::never_became_ready);
  }

  Step overdue_or_enter(GroupPhase phase, Do action) const {
    if (is_start_overdue()) return overdue_or(action);
    return enter(phase, action);
  }

  Step serving() const {
    switch (event_) {
      case GroupEvent::tick:
      case GroupEvent::seen_running:
        return stay(Do::probe);
      case GroupEvent::seen_deleting:
        return leave(GroupPhase::evicted, Do::withdraw, Because::vanished);
      case GroupEvent::seen_evicted:
        return leave(GroupPhase::evicted, Do::withdraw, Because::spot_evicted);
      case GroupEvent::seen_provisioning:
        return start_anew(GroupPhase::starting, Because::platform_restarted);
      case GroupEvent::drain_wanted:
        return leave(GroupPhase::draining, Do::withdraw, Because::scale_in);
      case GroupEvent::probe_failed:
        return leave(GroupPhase::failed, Do::remove, Because::probe_failing);
      case GroupEvent::seen_failed:
        return leave(GroupPhase::failed, Do::remove, Because::provisioning_failed);
      case GroupEvent::seen_completed:
        return leave(GroupPhase::removing, Do::remove, Because::completed);
      case GroupEvent::seen_missing:
        return vanish(Because::vanished);
      case GroupEvent::seen_moved:
        return start_anew(GroupPhase::probing, Because::address_changed);
      case GroupEvent::remove_wanted:
        return leave(GroupPhase::removing, Do::remove, Because::orphaned);
      default:
        return stay(Do::nothing);
    }
  }

  /// It was up and comes up once more: its time limit begins anew.
  Step start_anew(GroupPhase phase, Because because) const {
    Step step{enter(phase, Do::withdraw, because)};
    step.state.created_at = now_;
    return step;
  }

  Step draining() const {
    switch (event_) {
      case GroupEvent::readmit_wanted: {
        Step step{enter(GroupPhase::serving, Do::admit, Because::readmitted)};
        step.state.leaving_because.reset();
        return step;
      }
      case GroupEvent::in_flight_zero:
        return enter(GroupPhase::removing, Do::remove, Because::drained);
      case GroupEvent::seen_failed:
        return enter(GroupPhase::removing, Do::remove, Because::provisioning_failed);
      case GroupEvent::seen_completed:
        return enter(GroupPhase::removing, Do::remove, Because::completed);
      case GroupEvent::seen_evicted:
        return enter(GroupPhase::removing, Do::remove, Because::spot_evicted);
      case GroupEvent::remove_wanted:
        return enter(GroupPhase::removing, Do::remove, Because::orphaned);
      case GroupEvent::seen_missing:
        return vanish(Because::vanished);
      case GroupEvent::withdrawn: {
        Step step{past_deadline_or_stay()};
        const bool is_first{step.state.phase == GroupPhase::draining && !state_.withdrawn_at};
        if (is_first) step.state.withdrawn_at = now_;
        return step;
      }
      default:
        return past_deadline_or_stay();
    }
  }

  /// The time for requests in flight begins once no new ones come: until then the group is in use.
  Step past_deadline_or_stay() const {
    if (state_.withdrawn_at) {
      if (now_ - *state_.withdrawn_at < limits_.drain_deadline) return stay(Do::nothing);
      return enter(GroupPhase::removing, Do::remove, Because::drain_deadline);
    }
    if (now_ - state_.since < limits_.withdrawal_limit) return stay(Do::nothing);
    return enter(GroupPhase::removing, Do::remove, Because::withdrawal_overdue);
  }

  /// A delete during creation is refused or forgotten by Azure, so it is sent again for as long as
  /// the group is seen and not being deleted; only 404 ends it.
  Step leaving() const {
    switch (event_) {
      case GroupEvent::seen_missing:
        if (state_.is_unanswered && now_ - state_.since < limits_.visibility_delay) {
          return stay(Do::nothing);  // the lost create may still become visible
        }
        return vanish(state_.leaving_because.value_or(Because::vanished));
      case GroupEvent::create_unanswered: {
        // It was asked to leave while its create was on its way: 404 proves nothing for a while.
        Step step{unanswered()};
        step.action = Do::remove;
        return step;
      }
      case GroupEvent::remove_accepted:
        return state_.phase == GroupPhase::stuck ? stay(Do::nothing)
                                                 : enter(GroupPhase::removing, Do::nothing);
      case GroupEvent::seen_provisioning:
      case GroupEvent::seen_provisioned:
      case GroupEvent::seen_running:
      case GroupEvent::seen_moved:
      case GroupEvent::seen_failed:
      case GroupEvent::seen_completed:
      case GroupEvent::seen_evicted:
        return stay(Do::remove);
      case GroupEvent::tick:
        if (state_.phase == GroupPhase::failed || state_.phase == GroupPhase::evicted) {
          return stay(Do::remove);
        }
        if (state_.phase == GroupPhase::removing && now_ - state_.since > limits_.remove_limit) {
          return enter(GroupPhase::stuck, Do::remove, Because::removal_overdue);
        }
        return stay(Do::look_up);
      default:
        return stay(Do::nothing);
    }
  }

  const GroupState& state_;
  GroupEvent event_;
  TimePoint now_;
  const LifecycleLimits& limits_;
};

}  // namespace

Step next_step(const GroupState& state, GroupEvent event, TimePoint now,
               const LifecycleLimits& limits) {
  return Machine{state, event, now, limits}.run();
}

std::string_view to_string(GroupEvent event) {
  switch (event) {
    case GroupEvent::create_accepted:
      return "create_accepted";
    case GroupEvent::create_unanswered:
      return "create_unanswered";
    case GroupEvent::create_refused:
      return "create_refused";
    case GroupEvent::create_deferred:
      return "create_deferred";
    case GroupEvent::remove_accepted:
      return "remove_accepted";
    case GroupEvent::remove_deferred:
      return "remove_deferred";
    case GroupEvent::seen_provisioning:
      return "seen_provisioning";
    case GroupEvent::seen_provisioned:
      return "seen_provisioned";
    case GroupEvent::seen_running:
      return "seen_running";
    case GroupEvent::seen_failed:
      return "seen_failed";
    case GroupEvent::seen_completed:
      return "seen_completed";
    case GroupEvent::seen_deleting:
      return "seen_deleting";
    case GroupEvent::seen_missing:
      return "seen_missing";
    case GroupEvent::seen_moved:
      return "seen_moved";
    case GroupEvent::seen_evicted:
      return "seen_evicted";
    case GroupEvent::probe_passed:
      return "probe_passed";
    case GroupEvent::probe_failed:
      return "probe_failed";
    case GroupEvent::withdrawn:
      return "withdrawn";
    case GroupEvent::in_flight_zero:
      return "in_flight_zero";
    case GroupEvent::drain_wanted:
      return "drain_wanted";
    case GroupEvent::readmit_wanted:
      return "readmit_wanted";
    case GroupEvent::remove_wanted:
      return "remove_wanted";
    case GroupEvent::tick:
      return "tick";
  }
  return "unknown";
}

std::string_view to_string(Do action) {
  switch (action) {
    case Do::nothing:
      return "nothing";
    case Do::create:
      return "create";
    case Do::look_up:
      return "look_up";
    case Do::probe:
      return "probe";
    case Do::admit:
      return "admit";
    case Do::withdraw:
      return "withdraw";
    case Do::remove:
      return "remove";
    case Do::forget:
      return "forget";
  }
  return "unknown";
}

}  // namespace spillway
