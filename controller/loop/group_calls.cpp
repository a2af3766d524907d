// What the keeper asks of the provider and of the groups themselves, one call at a time for each
// group, and what an answer does to its record. The rest of GroupKeeper is in group_keeper.cpp.
#include <algorithm>
#include <utility>

#include "controller/loop/group_keeper.hpp"

namespace asio = boost::asio;

namespace spillway {
namespace {

std::string_view call_name(Do action) {
  return action == Do::look_up ? std::string_view{"get"} : to_string(action);
}

}  // namespace

void GroupKeeper::perform(Tracked& tracked, Do action) {
  if (action == Do::nothing || is_stopping_) return;
  const GroupId id{tracked.record.id};
  if (action == Do::forget) {
    // A running operation finds no record when it ends, and its answer is of no interest then.
    changes_.groups.push_back(tracked.record);
    tracked_.erase(id);
    return;
  }
  if (!is_acting_ && action != Do::look_up) return;
  if (action == Do::admit || action == Do::withdraw) {
    // Traffic is reconciled from the phases: here only at once instead of after the next tick.
    on_traffic_changed_(tracked.record.workload);
    return;
  }
  if (action == Do::create && clock_.now() < tracked.next_create) return;
  const bool is_serving{tracked.record.state.phase == GroupPhase::serving};
  if (action == Do::probe && is_serving && clock_.now() < tracked.next_probe) return;
  if (tracked.is_busy) {
    // Only a removal cannot wait for the next tick; everything else is asked for again by it.
    tracked.is_removal_waiting = tracked.is_removal_waiting || action == Do::remove;
    return;
  }
  const bool is_for_provider{action != Do::probe || tracked.record.ip.empty()};
  const bool is_removal{action == Do::remove};
  const TimePoint not_before{is_removal ? tracked.next_removal : tracked.next_call};
  if (is_for_provider && clock_.now() < not_before) return;
  if (is_removal_paused(tracked, action)) return;
  // Not before: while a create is under way its record says what was sent.
  if (action == Do::create && !refresh_template(tracked)) return;
  tracked.is_busy = true;
  tasks_.spawn(operate(id, action));
}

/// A create may wait, and the template may change meanwhile: the group is marked with the one that
/// it is really created from. False if that is not known yet. What may have been sent already is
/// never sent in other words: a PUT over a group that exists resets what it leaves out and starts
/// all containers again. It is removed by its name, and the next plan makes another one.
bool GroupKeeper::refresh_template(Tracked& tracked) {
  const auto workload{find_workload_(tracked.record.workload)};
  if (!workload) return true;
  if (workload->awaits_template) return false;
  GroupRecord& record{tracked.record};
  if (record.template_hash == workload->plan_limits.template_hash) return true;
  if (record.state.is_unanswered) {
    Step step{next_step(record.state, GroupEvent::drain_wanted, clock_.now(), limits_of(record))};
    step.because = Because::template_changed;
    step.state.leaving_because = step.because;
    apply(tracked, step);
    return false;
  }
  record.template_hash = workload->plan_limits.template_hash;
  record.port = workload->replica.port;
  tracked.is_changed = true;
  return true;
}

asio::awaitable<void> GroupKeeper::operate(GroupId id, Do action) {
  Tracked* tracked{find(id)};
  if (!tracked) co_return;
  const auto workload = find_workload_(tracked->record.workload);
  const bool asks_whether_idle{action == Do::probe &&
                               tracked->record.state.phase == GroupPhase::draining};
  auto result = co_await run(*tracked, action, workload);
  const bool may_complete{workload && workload->replica.restart != RestartPolicy::always};
  if (may_complete && result.event == GroupEvent::seen_failed && has_completed(*result.seen)) {
    result.event = GroupEvent::seen_completed;
  }
  tracked = find(id);  // it may be gone by now
  if (!tracked) co_return;
  tracked->is_busy = false;
  if (result.error && result.error->code == Errc::cancelled) co_return;
  const bool is_removal_waiting{std::exchange(tracked->is_removal_waiting, false)};
  if (asks_whether_idle) {
    observer_.on_group_call(call_name(action), tracked->record, result.error);
    learn_idle(*tracked, result);
  } else {
    learn(*tracked, result, action);
  }
  tracked = find(id);
  if (tracked && is_removal_waiting) perform(*tracked, Do::remove);
}

asio::awaitable<OperationResult> GroupKeeper::run(const Tracked& tracked, Do action,
                                                  std::shared_ptr<const Workload> workload) {
  if (action == Do::create && workload) {
    co_return co_await operations_.create(tracked.record, *workload);
  }
  if (action == Do::probe && workload) {
    ProbeSettings settings{workload->probe};
    const bool is_draining{tracked.record.state.phase == GroupPhase::draining};
    if (is_draining) settings.path = workload->idle_path;
    const TimePoint at{is_draining ? clock_.now() : tracked.next_probe};
    co_return co_await operations_.probe(tracked.record, std::move(settings), at);
  }
  if (action == Do::remove) co_return co_await operations_.remove(tracked.record);
  co_return co_await operations_.look_up(tracked.record);
}

void GroupKeeper::learn(Tracked& tracked, const OperationResult& result, Do action) {
  const TimePoint now{clock_.now()};
  GroupRecord& record{tracked.record};
  observer_.on_group_call(call_name(action), record, result.error);
  if (action == Do::create || action == Do::remove) {
    // The intent's instant is that of the journal entry which planned it.
    changes_.outcomes.push_back(
        {.workload = record.workload,
         .tick = record.intended_at.value_or(record.state.created_at),
         .outcome = {.action = std::string{to_string(action)},
                     .group = record.id,
                     .result = result.error ? to_string(*result.error) : "accepted"}});
  }
  if (result.error) {
    record.note = to_string(*result.error);
    tracked.is_changed = true;
    if (result.error->retry_after) tracked.next_call = now + *result.error->retry_after;
    const bool is_removal_put_off{action == Do::remove && result.error->retry_after};
    if (is_removal_put_off) tracked.next_removal = tracked.next_call;
    if (result.event == GroupEvent::create_refused) {
      note_refusal(record, result.error->code, result.error->context);
    }
    if (result.event == GroupEvent::create_unanswered) {
      // Each repeat takes a token of the provider's create rate.
      const Duration pause{std::chrono::seconds{1} * (1 << std::min(tracked.lost_answers++, 5))};
      tracked.next_create = now + pause;
    }
  }
  if (result.event == GroupEvent::create_accepted) tracked.bill.seen_at = now;
  if (result.event == GroupEvent::remove_accepted) tracked.bill.is_removal_accepted = true;
  if (result.seen) {
    // Accepted, and refused later by an event: the same "no", half a minute late.
    if (result.seen->failed_with && is_starting(record.state.phase)) {
      note_refusal(record, *result.seen->failed_with, result.seen->reason);
    }
    if (!result.seen->ip.empty()) record.ip = result.seen->ip;
    tracked.is_warm = tracked.is_warm || result.seen->is_warm;
    correct_bill(record, tracked.bill, *result.seen, now);
    if (!result.seen->reason.empty()) record.note = result.seen->reason;
    tracked.is_changed = true;
  }
  note_removal(tracked, result, action);
  if (action == Do::remove) {
    // Its probe failed, and the first delete finds nothing: the platform had taken it away.
    // What was evicted has been told as such.
    const bool has_vanished{!std::exchange(tracked.is_removal_sent, true) && record.serving_since &&
                            record.state.phase != GroupPhase::evicted &&
                            result.event == GroupEvent::seen_missing};
    if (has_vanished) observer_.on_platform_restart(record, Because::vanished);
  }
  if (action == Do::probe) return learn_probe(tracked, result);
  if (result.event) handle(tracked, *result.event);
}

}  // namespace spillway
