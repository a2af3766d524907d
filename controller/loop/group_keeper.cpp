#include "controller/loop/group_keeper.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace asio = boost::asio;

namespace spillway {
namespace {

/// How long a listing may go on showing a group that answered 404 by name.
constexpr Duration listing_lag{std::chrono::minutes{5}};
/// How much of the bill of a group that vanishes while no controller runs may be unknown.
constexpr Duration keep_listing_every{std::chrono::minutes{1}};
/// A balancer that is being reloaded is back by then.
constexpr Duration worth_telling{std::chrono::seconds{30}};

std::string_view call_name(Do action) {
  return action == Do::look_up ? std::string_view{"get"} : to_string(action);
}

/// A clock that was ahead wrote it: each wait would last longer by as much.
void forget_future(GroupRecord& record, TimePoint now) {
  GroupState& state{record.state};
  state.since = std::min(state.since, now);
  state.created_at = std::min(state.created_at, now);
  for (auto* const at : {&state.withdrawn_at, &record.serving_since, &record.billed_from}) {
    if (*at) **at = std::min(**at, now);
  }
}

}  // namespace

GroupKeeper::GroupKeeper(GroupOperations& operations, io::Clock& clock, io::TaskGroup& tasks,
                         LoopObserver& observer, FindWorkload find_workload,
                         OnTrafficChanged on_traffic_changed)
    : operations_{operations},
      clock_{clock},
      tasks_{tasks},
      observer_{observer},
      find_workload_{std::move(find_workload)},
      on_traffic_changed_{std::move(on_traffic_changed)} {}

// --- taking over, planning, remembering ---------------------------------------------------------

void GroupKeeper::restore(std::vector<GroupRecord> records) {
  for (GroupRecord& record : records) {
    const GroupId id{record.id};
    Tracked& tracked{tracked_[id]};
    tracked.record = std::move(record);
    forget_future(tracked.record, clock_.now());
    const GroupPhase phase{tracked.record.state.phase};
    if (phase == GroupPhase::intended) {
      handle(tracked, GroupEvent::create_unanswered);
      continue;
    }
    // It was accepted, and later seen for as long as somebody looked.
    tracked.bill.seen_at = std::max(tracked.record.state.since, listed_at_.value_or(TimePoint{}));
    tracked.bill.is_removal_accepted = phase == GroupPhase::removing || phase == GroupPhase::stuck;
  }
}

std::vector<GroupRecord> GroupKeeper::intents(const Workload& workload, const Plan& plan,
                                              TimePoint now) const {
  std::vector<GroupRecord> records{};
  for (const CreateGroup& create : plan.creates) {
    records.push_back({.id = create.id,
                       .workload = workload.name,
                       .place = create.place,
                       .size = create.size,
                       .price = create.price,
                       .template_hash = workload.plan_limits.template_hash,
                       .state = {.phase = GroupPhase::intended, .since = now, .created_at = now},
                       .intended_at = now,
                       .port = workload.replica.port,
                       .billed_from = now});
  }
  return records;
}

void GroupKeeper::start(const std::vector<GroupRecord>& intents, const Plan& plan) {
  for (const GroupRecord& intent : intents) {
    Tracked& tracked{tracked_[intent.id]};
    tracked.record = intent;
    note_try(intent);
    perform(tracked, Do::create);
  }
  for (const ReadmitGroup& readmit : plan.readmits) {
    if (Tracked * tracked{find(readmit.id)}) handle(*tracked, GroupEvent::readmit_wanted);
  }
  for (const DrainGroup& each : plan.drains) drain(each.id);
}

bool GroupKeeper::drain(const GroupId& id, Because because) {
  Tracked* tracked{find(id)};
  if (!tracked) return false;
  tracked->may_return = because != Because::overridden;
  handle(*tracked, GroupEvent::drain_wanted);
  return true;
}

StateBatch GroupKeeper::take_changes() {
  for (auto& [id, tracked] : tracked_) {
    if (!tracked.is_changed) continue;
    changes_.groups.push_back(tracked.record);
    tracked.is_changed = false;
  }
  if (std::exchange(has_learned_, false)) {
    const TimePoint now{clock_.now()};
    changes_.kept.push_back({std::string{kept_breakers}, breakers_.to_text(), now});
    changes_.kept.push_back({std::string{kept_success_rates}, success_rates_.to_text(), now});
    changes_.kept.push_back({std::string{kept_refused}, refused_text(), now});
    changes_.kept.push_back({std::string{kept_round_trips}, round_trips_.to_text(), now});
  }
  const bool is_listing_due{listed_at_ &&
                            (is_stopping_ || *listed_at_ - kept_listing_ >= keep_listing_every)};
  if (is_listing_due && !tracked_.empty() && *listed_at_ != kept_listing_) {
    kept_listing_ = *listed_at_;
    changes_.kept.push_back({std::string{kept_listing}, to_string(kept_listing_), kept_listing_});
  }
  return std::exchange(changes_, {});
}

void GroupKeeper::put_back(StateBatch batch) {
  // Older than what changed since, so in front of it: a later record of a name wins.
  std::ranges::move(changes_.groups, std::back_inserter(batch.groups));
  std::ranges::move(changes_.starts, std::back_inserter(batch.starts));
  std::ranges::move(changes_.outcomes, std::back_inserter(batch.outcomes));
  has_learned_ = has_learned_ || !batch.kept.empty();  // written anew, as it is then
  kept_listing_ = {};
  changes_.outcomes = std::move(batch.outcomes);
  changes_.groups = std::move(batch.groups);
  changes_.starts = std::move(batch.starts);
}

// --- what is seen -------------------------------------------------------------------------------

void GroupKeeper::see_traffic(const TrafficView& view) {
  Tracked* tracked{find(view.group)};
  if (!tracked) return;
  if (!is_measured(tracked->record)) tracked->in_flight = view.in_flight;
  tracked->has_traffic = view.has_traffic.value_or(tracked->has_traffic);
  const bool is_draining{tracked->record.state.phase == GroupPhase::draining};
  if (!is_draining || !view.is_withdrawn) return;
  const bool is_empty{view.in_flight == 0 && !says_itself(tracked->record)};
  handle(*tracked, is_empty ? GroupEvent::in_flight_zero : GroupEvent::withdrawn);
}

void GroupKeeper::tick() {
  std::vector<GroupId> put_off{};
  for (auto& [id, tracked] : tracked_) {
    if (is_put_off(tracked)) put_off.push_back(id);
    // The listing has just said that it is on its way: a GET would say the same.
    const bool is_on_its_way{tracked.is_listed_pending && is_starting(tracked.record.state.phase)};
    handle(tracked, is_on_its_way ? GroupEvent::seen_provisioning : GroupEvent::tick);
    tell_of_withdrawal(tracked);
  }
  for (const GroupId& id : put_off) handle(tracked_.at(id), GroupEvent::create_deferred);
  ask_whether_idle();
}

/// The provider's "not before" is its answer to this tick's create as well.
bool GroupKeeper::is_put_off(const Tracked& tracked) const {
  return tracked.record.state.phase == GroupPhase::intended && !tracked.is_busy &&
         clock_.now() < tracked.next_call;
}

/// It costs money and is not to be deleted, since a balancer may be sending it requests: a person
/// has to see to that balancer. Said once for each drain.
void GroupKeeper::tell_of_withdrawal(Tracked& tracked) {
  const GroupState& state{tracked.record.state};
  const bool waits{state.phase == GroupPhase::draining && !state.withdrawn_at};
  const Duration usual{std::max<Duration>(limits_of(tracked.record).drain_deadline, worth_telling)};
  if (!waits) tracked.is_withdrawal_told = false;
  if (!waits || clock_.now() - state.since < usual || tracked.is_withdrawal_told) return;
  tracked.is_withdrawal_told = true;
  observer_.on_withdrawal_overdue(tracked.record);
}

void GroupKeeper::forget_closed() {
  const TimePoint now{clock_.now()};
  std::erase_if(closed_, [&](const auto& entry) { return now - entry.second > listing_lag; });
}

// --- events and phases --------------------------------------------------------------------------

LifecycleLimits GroupKeeper::limits_of(const GroupRecord& record) const {
  const auto workload{find_workload_(record.workload)};
  return workload ? workload->lifecycle : LifecycleLimits{};
}

void GroupKeeper::handle(Tracked& tracked, GroupEvent event) {
  apply(tracked, next_step(tracked.record.state, event, clock_.now(), limits_of(tracked.record)));
}

void GroupKeeper::apply(Tracked& tracked, const Step& step) {
  const GroupPhase before{tracked.record.state.phase};
  if (step.state != tracked.record.state) {
    tracked.record.state = step.state;
    tracked.is_changed = true;
  }
  const bool has_changed{before != step.state.phase};
  const bool is_by_platform{
      step.because == Because::address_changed || step.because == Because::platform_restarted ||
      (has_changed &&
       (step.because == Because::vanished ||
        (step.because == Because::spot_evicted && step.state.phase != GroupPhase::gone)))};
  if (is_by_platform) observer_.on_platform_restart(tracked.record, *step.because);
  if (step.state.phase != before) enter_phase(tracked, before, step.because);
  perform(tracked, step.action);
}

void GroupKeeper::enter_phase(Tracked& tracked, GroupPhase before, std::optional<Because> because) {
  const TimePoint now{clock_.now()};
  GroupRecord& record{tracked.record};
  tracked.failed_probes = 0;
  switch (record.state.phase) {
    case GroupPhase::serving:
      if (!record.serving_since) {
        record.serving_since = now;
        // What comes from a standby pool says nothing about how long a start takes.
        if (!tracked.is_warm) {
          changes_.starts.push_back({.place = record.place, .took = now - record.state.created_at});
        }
        success_rates_.note(record.place, true, now);
      }
      note_service(record);
      break;
    case GroupPhase::failed:
      if ((because == Because::never_became_ready || because == Because::probe_failing) &&
          !may_be_of_region(record)) {
        ++template_failures_[{record.workload, record.template_hash}];
      }
      // A group whose create was never sent says nothing about the place.
      if (before != GroupPhase::intended &&
          (because == Because::provisioning_failed || because == Because::never_became_ready)) {
        note_failure(record);
      }
      break;
    case GroupPhase::evicted:
    case GroupPhase::removing:
      if (because == Because::spot_evicted) note_eviction(record);
      // Done before it was seen at work: a good start all the same.
      if (because == Because::completed && !record.serving_since) note_service(record);
      break;
    case GroupPhase::gone:
      if (because == Because::create_put_off) put_off_until_[record.place] = tracked.next_call;
      record.billed_until = bill_end(record, tracked.bill, now);
      closed_[record.id] = now;
      break;
    default:
      break;
  }
  const bool had_traffic{before == GroupPhase::serving || before == GroupPhase::draining};
  if (had_traffic && is_acting_) on_traffic_changed_(record.workload);
  observer_.on_phase(record, before, because);
}

// --- operations ---------------------------------------------------------------------------------

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
