#include "controller/wiring/reporter.hpp"

#include <utility>
#include <vector>

#include "controller/core/ledger.hpp"
#include "controller/core/refusal.hpp"
#include "controller/io/log.hpp"

namespace spillway::wiring {

void report_unreadable(exported::Telemetry& telemetry, const UnreadableEntry& entry) {
  telemetry.entry_unreadable();
  io::log_event(io::LogLevel::error, "JournalEntryUnreadable",
                {{"workload", entry.workload},
                 {"entry", entry.id},
                 {"at", entry.at},
                 {"complaint", entry.complaint},
                 {"effect", std::string_view{"it is passed over, and stays in the file until "
                                             "state.retention is over; groups and their bill are "
                                             "not in it"}},
                 {"advice", std::string_view{"look at the disk; a drain that was ordered just "
                                             "before has to be ordered again"}}});
}

Reporter::Reporter(exported::Telemetry& telemetry, io::Clock& clock, Store& store)
    : telemetry_{telemetry}, clock_{clock}, store_{store} {}

void Reporter::on_tick(const std::shared_ptr<const Status>& status, Duration took) {
  throttled_.tick(clock_.now());
  telemetry_.mode(status->mode == Mode::act);
  const bool is_complete{!status->listing_trouble && !status->store_trouble};
  telemetry_.tick_finished(status->at, took, is_complete);
  report_store(*status);
  std::vector<Withheld> withheld{};
  for (const auto& workload : status->workloads) {
    telemetry_.decided(workload->snapshot, workload->decision);
    withheld.insert(withheld.end(), workload->plan.withheld.begin(), workload->plan.withheld.end());
    log_decision(*workload);
  }
  telemetry_.withheld(withheld);
  report_groups(*status);
  report_leaving(*status);
}

/// Once when groups of a workload that is not in the config are seen first, and when they are gone.
void Reporter::report_leaving(const Status& status) {
  std::map<std::string, int> leaving{};
  for (const GroupRecord& record : status.leaving) ++leaving[record.workload];
  for (const auto& [workload, count] : leaving) {
    if (leaving_.contains(workload)) continue;
    io::log_event(io::LogLevel::warning, "FormerWorkload",
                  {{"workload", workload},
                   {"groups", count},
                   {"effect",
                    "it is not in the config: its groups are drained and deleted, and "
                    "paid until they are gone"}});
  }
  for (const std::string& workload : leaving_) {
    if (leaving.contains(workload)) continue;
    io::log_event(io::LogLevel::info, "FormerWorkloadGone", {{"workload", workload}});
  }
  leaving_.clear();
  for (const auto& [workload, count] : leaving) leaving_.insert(workload);
}

void Reporter::report_store(const Status& status) {
  const bool is_failing{status.store_trouble.has_value()};
  if (std::exchange(is_store_failing_, is_failing) == is_failing) return;
  if (is_failing) {
    io::log_event(io::LogLevel::error, "StateNotWritten",
                  {{"error", *status.store_trouble},
                   {"effect",
                    "no group is created, since a crash would forget it; those that run "
                    "go on, drain and leave"}});
  } else {
    io::log_event(io::LogLevel::info, "StateWritten");
  }
}

void Reporter::report_groups(const Status& status) {
  std::vector<Group> groups{};
  HourlyPrice rate{};
  const auto add{[&](const std::vector<GroupRecord>& records) {
    for (const GroupRecord& record : records) {
      groups.push_back({.id = record.id,
                        .phase = record.state.phase,
                        .place = record.place,
                        .size = record.size});
      rate.per_hour += record.price.per_hour;
    }
  }};
  add(status.leaving);
  for (const auto& workload : status.workloads) {
    add(workload->groups);
    if (workload->standby) rate.per_hour += workload->standby->price.per_hour;
  }
  telemetry_.groups(groups);
  const TimePoint now{clock_.now()};
  if (const auto total{store_.total_spend(now)}) {
    // The ledger begins anew each month; a counter does not.
    const TimePoint month{period_starts(now).month};
    if (month != std::exchange(spend_month_, month)) spent_before_ += spent_this_month_;
    spent_this_month_ = total->this_month;
    Money sum{spent_before_};
    sum += spent_this_month_;
    telemetry_.spend(sum, rate);
  }
}

/// Info when a decision changes, debug when it does not.
void Reporter::log_decision(const WorkloadStatus& workload) {
  const Decision& decision{workload.decision};
  Last& last{decided_[decision.workload]};
  const bool is_news{last.desired != decision.desired || last.burst != decision.burst ||
                     last.because != decision.because || !workload.plan.is_empty()};
  last = {decision.desired, decision.burst, decision.because};
  const io::LogLevel level{is_news ? io::LogLevel::info : io::LogLevel::debug};
  if (!io::is_logged(level)) return;
  io::log_event(level, is_news ? "DecisionChanged" : "DecisionSteady",
                {{"workload", decision.workload},
                 {"because", to_string(decision.because)},
                 {"desired", decision.desired},
                 {"burst", decision.burst},
                 {"decision", summary(decision)},
                 {"plan", summary(workload.plan)}});
}

void Reporter::on_phase(const GroupRecord& group, GroupPhase before,
                        std::optional<Because> because) {
  telemetry_.group_entered(group.state.phase);
  // Only the first time: a group that the platform moved has not been started by us.
  const bool has_started{group.state.phase == GroupPhase::serving &&
                         group.serving_since == group.state.since};
  if (has_started && before == GroupPhase::probing) {
    telemetry_.group_started(group.place, *group.serving_since - group.state.created_at);
  }
  const bool is_bad{group.state.phase == GroupPhase::failed ||
                    group.state.phase == GroupPhase::stuck ||
                    group.state.phase == GroupPhase::evicted};
  io::log_event(is_bad ? io::LogLevel::warning : io::LogLevel::info, "GroupPhaseChanged",
                {{"group", group.id.name},
                 {"workload", group.workload},
                 {"from", to_string(before)},
                 {"to", to_string(group.state.phase)},
                 {"because", because ? to_string(*because) : std::string_view{}},
                 {"place", to_string(group.place)},
                 {"note", is_bad ? std::string_view{group.note} : std::string_view{}}});
}

void Reporter::on_call(std::string_view call, const std::string& subject,
                       const std::optional<Error>& error) {
  telemetry_.call(call, error);
  if (error && error->code == Errc::throttled) {
    throttled_.on_throttled({.call = std::string{call}, .where = subject}, *error, clock_.now());
  } else {
    log_call(call, subject, error);
  }
}

void Reporter::on_group_call(std::string_view call, const GroupRecord& group,
                             const std::optional<Error>& error) {
  telemetry_.call(call, error);
  if (error && error->code == Errc::throttled) {
    throttled_.on_throttled({.call = std::string{call},
                             .where = group.place.region,
                             .subscription = group.place.subscription},
                            *error, clock_.now());
  } else {
    log_call(call, group.id.name, error);
  }
}

/// A call that was put off has neither failed nor recovered: it does not come here.
void Reporter::log_call(std::string_view call, const std::string& subject,
                        const std::optional<Error>& error) {
  // A starting replica refuses connections until it is ready: that is what probes are for.
  if (call == "probe") return;
  const std::string key{std::string{call} + " " + subject};
  const auto failing{failing_.find(key)};
  if (error) {
    Failing& state{failing_.try_emplace(key, Failing{.since = clock_.now()}).first->second};
    const bool is_denied{error->code == Errc::denied};
    // What only a person can mend is told anew when it is another thing to be mended.
    const bool is_as_before{state.denial && is_same_refusal(*state.denial, *error)};
    const bool is_news{++state.count == 1 || (is_denied && !is_as_before)};
    if (is_denied) state.denial = *error;
    if (is_news) {
      io::log_event(
          io::LogLevel::warning, "CallFailing",
          {{"call", call}, {"subject", subject}, {"error", *error}, {"advice", advice(*error)}});
    }
  } else if (failing != failing_.end()) {
    io::log_event(io::LogLevel::info, "CallRecovered",
                  {{"call", call},
                   {"subject", subject},
                   {"failures", failing->second.count},
                   {"since", failing->second.since}});
    failing_.erase(failing);
  }
  constexpr std::size_t most_subjects{10'000};  // names of groups come and go
  if (failing_.size() > most_subjects) failing_.clear();
}

void Reporter::on_orphan(const GroupId& group, std::string_view what_is_done) {
  telemetry_.orphan_found();
  io::log_event(io::LogLevel::warning, "OrphanFound",
                {{"group", group.name}, {"action", what_is_done}});
}

void Reporter::on_rival(const GroupId& group) {
  telemetry_.rival_seen();
  constexpr Duration told_every{std::chrono::minutes{10}};
  const TimePoint now{clock_.now()};
  if (now < next_rival_told_) return;
  next_rival_told_ = now + told_every;
  io::log_event(io::LogLevel::error, "OwnerShared",
                {{"group", group.name},
                 {"effect", std::string_view{"another controller creates groups under this owner: "
                                             "each counts and removes those of the other, and both "
                                             "may create at once"}},
                 {"advice", std::string_view{"stop one of them, or give it an owner of its own"}}});
}

void Reporter::on_platform_restart(const GroupRecord& group, Because because) {
  telemetry_.platform_restart(group.place, because);
  const bool is_eviction{because == Because::spot_evicted};
  io::log_event(io::LogLevel::warning, is_eviction ? "SpotEvicted" : "PlatformRestart",
                {{"group", group.id.name},
                 {"workload", group.workload},
                 {"because", to_string(because)},
                 {"place", to_string(group.place)}});
}

void Reporter::on_withdrawal_overdue(const GroupRecord& group) {
  io::log_event(io::LogLevel::error, "WithdrawalUnconfirmed",
                {{"group", group.id.name},
                 {"workload", group.workload},
                 {"price_per_hour", group.price.per_hour},
                 {"advice", std::string_view{"it stays, and is paid for, until every balancer of "
                                             "its workload answers that it gets no requests, or "
                                             "until lifecycle.withdrawal_limit"}}});
}

void Reporter::on_probes_doubted(const std::string& where, bool is_doubted,
                                 const ProbeCount& count) {
  if (!is_doubted) {
    io::log_event(io::LogLevel::info, "ProbesBelieved", {{"groups", where}});
    return;
  }
  io::log_event(io::LogLevel::error, to_string(Because::probes_doubted),
                {{"groups", where},
                 {"failing", count.failing},
                 {"serving", count.serving},
                 {"advice", std::string_view{"they stay in the rotation: look at the way from "
                                             "Spillway to them (routes, peering, firewall)"}}});
}

void Reporter::on_standby(const std::string& workload, int wanted, const StandbyStock& stock) {
  telemetry_.standby(workload, wanted, stock.running, stock.creating);
  if (stock.is_healthy) {
    unhealthy_pools_.erase(workload);
    return;
  }
  if (!unhealthy_pools_.insert(workload).second) return;
  io::log_event(io::LogLevel::warning, "StandbyPoolUnhealthy",
                {{"workload", workload}, {"words", stock.words}});
}

void Reporter::on_machines(const std::string& workload, const VmPoolState& state) {
  telemetry_.machines(workload, state.capacity, state.ready);
}

/// A limit of zero does not go away by waiting: said once, and shown until it changes.
void Reporter::on_quota(const Place& place, const std::vector<Usage>& rows) {
  for (const Usage& row : rows) {
    if (row.what == Usage::What::other || row.priority != place.priority) continue;
    telemetry_.quota_limit(place, row.what == Usage::What::groups ? "groups" : "cores", row.limit);
    const std::string key{to_string(place) + " " + row.name};
    const bool is_news{row.limit == 0 && zero_quotas_.insert(key).second};
    if (row.limit > 0) zero_quotas_.erase(key);
    if (!is_news) continue;
    io::log_event(io::LogLevel::error, "QuotaIsZero",
                  {{"place", to_string(place)},
                   {"quota", row.name},
                   {"advice", std::string_view{"no group can start there until a person asks Azure "
                                               "for a quota, or the place leaves the config"}}});
  }
}

void Reporter::on_template(const std::string& workload, const ReplicaTemplate& replica,
                           const std::vector<std::string>& left_out) {
  io::log_event(
      io::LogLevel::info, "TemplateTaken",
      {{"workload", workload}, {"image", replica.image}, {"template", template_hash(replica)}});
  // Only here, so once for each change of the description.
  for (const std::string& each : left_out) {
    io::log_event(io::LogLevel::warning, "LeftOut", {{"workload", workload}, {"what", each}});
  }
}

void Reporter::on_rollback(const std::string& workload, const std::string& rejected_hash,
                           std::string_view why) {
  io::log_event(io::LogLevel::error, "TemplateRejected",
                {{"workload", workload}, {"template", rejected_hash}, {"why", why}});
}

}  // namespace spillway::wiring
