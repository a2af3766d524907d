#include "controller/loop/group_keeper.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spillway {
namespace {

/// How long a listing may go on showing a group that answered 404 by name.
constexpr Duration listing_lag{std::chrono::minutes{5}};
/// How much of the bill of a group that vanishes while no controller runs may be unknown.
constexpr Duration keep_listing_every{std::chrono::minutes{1}};
/// A balancer that is being reloaded is back by then.
constexpr Duration worth_telling{std::chrono::seconds{30}};

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
      on_traffic_changed_{std::move(on_traffic_changed)},
      makes_since_{clock_.now()} {}

// --- taking over, planning, remembering ---------------------------------------------------------

void GroupKeeper::restore(std::vector<GroupRecord> records) {
  for (GroupRecord& record : records) {
    const GroupId id{record.id};
    Tracked& tracked{tracked_[id]};
    tracked.record = std::move(record);
    forget_future(tracked.record, clock_.now());
    const GroupPhase phase{tracked.record.state.phase};
    const TimePoint alive_until{std::min(alive_until_, clock_.now())};
    if (phase == GroupPhase::intended) {
      if (alive_until > tracked.record.state.created_at) tracked.bill.seen_at = alive_until;
      handle(tracked, GroupEvent::create_unanswered);
      continue;
    }
    // It was accepted, and later seen for as long as somebody looked.
    tracked.bill.seen_at =
        std::max({tracked.record.state.since, listed_at_.value_or(TimePoint{}), alive_until});
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
    note_made(intent.id);
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

}  // namespace spillway
