// What the keeper makes of the probes of serving groups. The rest of GroupKeeper is in
// group_keeper.cpp.
#include <algorithm>

#include "controller/loop/group_keeper.hpp"

namespace spillway {
namespace {

/// The way from here to a group is that to its region, of which each workload may have its own.
std::string probe_scope(const std::string& workload, Place region) {
  region.zone.clear();
  return workload + " in " + to_string(region);
}

std::string probe_scope(const GroupRecord& record) {
  return probe_scope(record.workload, record.place);
}

/// The probes of all are spread over an interval, so others are one behind.
bool is_failing(int failed_probes, const ProbeSettings& probe) {
  return failed_probes >= std::max(1, probe.failure_threshold - 1);
}

constexpr int probes_between_looks{10};
/// A group without an address is asked for at the provider, whose reads are limited.
constexpr Duration look_instead_of_probe{std::chrono::seconds{30}};

}  // namespace

void GroupKeeper::learn_probe(Tracked& tracked, const OperationResult& result) {
  const TimePoint now{clock_.now()};
  GroupRecord& record{tracked.record};
  const auto workload{find_workload_(record.workload)};
  const ProbeSettings probe{workload ? workload->probe : ProbeSettings{}};
  const bool is_serving{record.state.phase == GroupPhase::serving};
  tracked.next_probe = now + (is_serving ? probe.interval : probe.retry_every);
  const bool is_looked_up{record.ip.empty() && is_serving};
  if (is_looked_up) tracked.next_probe = now + std::max(probe.interval, look_instead_of_probe);
  // That the provider does not answer says nothing about the group.
  if (record.ip.empty() && result.error) return;
  tracked.failed_probes = result.event ? 0 : tracked.failed_probes + 1;
  if (result.event == GroupEvent::probe_passed) {
    tracked.has_passed = true;
    note_passed(tracked, probe);
    if (result.took) learn_distance(record.place, *result.took);
    const bool was_doubted{record.note.starts_with(to_string(Because::probes_doubted))};
    if (was_doubted) record.note.clear();
    tracked.is_changed = tracked.is_changed || was_doubted;
  }
  const int beyond{tracked.failed_probes - probe.failure_threshold};
  const bool is_out{!result.event && is_serving && beyond >= 0};
  const bool is_believed_lost{is_out && is_believed(tracked, probe)};
  const bool is_lost{!is_serving || is_believed_lost};
  if (is_out && !is_believed_lost && beyond % probes_between_looks == 0) {
    perform(tracked, Do::look_up);  // if the provider says that it ended, there is no doubt
    return;
  }
  // It may have moved or ended meanwhile: look again now and then; the tick checks the limit.
  if (!result.event && !is_serving && tracked.failed_probes % probes_between_looks == 0) {
    perform(tracked, Do::look_up);
    return;
  }
  handle(tracked, result.event ? *result.event
                  : is_lost    ? GroupEvent::probe_failed
                               : GroupEvent::tick);
}

void GroupKeeper::learn_distance(const Place& place, Duration probe) {
  const auto before{round_trips_.round_trip(place)};
  round_trips_.note(place, probe);
  has_learned_ = has_learned_ || round_trips_.round_trip(place) != before;
}

ProbeCount GroupKeeper::count_probes(const std::string& scope, const ProbeSettings& probe) const {
  ProbeCount count{};
  for (const auto& [id, each] : tracked_) {
    const bool is_there{each.record.state.phase == GroupPhase::serving &&
                        probe_scope(each.record) == scope};
    if (!is_there) continue;
    ++count.serving;
    if (is_failing(each.failed_probes, probe)) ++count.failing;
  }
  return count;
}

/// Groups of `workload` that have come up in other regions since one of `scope` was let go.
int GroupKeeper::count_replaced(const std::string& workload, const std::string& scope) const {
  const auto since{probe_doubts_.let_go_since(scope)};
  if (!since) return 0;
  int count{0};
  for (const auto& [id, each] : tracked_) {
    const GroupRecord& record{each.record};
    const bool passes{record.state.phase == GroupPhase::serving && each.has_passed &&
                      each.failed_probes == 0};
    const bool counts{passes && record.workload == workload && record.state.created_at >= *since &&
                      probe_scope(record) != scope};
    count += counts ? 1 : 0;
  }
  return count;
}

/// Whether a failure of the group may be that of its region, which says nothing about its template.
/// It says something where those of another template pass their probes.
bool GroupKeeper::may_be_of_region(const GroupRecord& record) const {
  const std::string scope{probe_scope(record)};
  if (!probe_doubts_.is_suspect(scope, clock_.now())) return false;
  return std::ranges::none_of(tracked_, [&](const auto& entry) {
    const Tracked& each{entry.second};
    return each.record.state.phase == GroupPhase::serving && each.has_passed &&
           each.failed_probes == 0 && each.record.template_hash != record.template_hash &&
           probe_scope(each.record) == scope;
  });
}

bool GroupKeeper::is_doubted(const Tracked& tracked) const {
  const GroupRecord& record{tracked.record};
  const auto workload{find_workload_(record.workload)};
  return workload && record.state.phase == GroupPhase::serving &&
         is_failing(tracked.failed_probes, workload->probe) &&
         probe_doubts_.is_doubted(probe_scope(record));
}

bool GroupKeeper::is_suspect(const std::string& workload, const Place& place) const {
  return probe_doubts_.is_suspect(probe_scope(workload, place), clock_.now());
}

/// Whether a serving group that fails its probes is to go. In doubt it stays in the rotation: the
/// balancers check for themselves.
bool GroupKeeper::is_believed(Tracked& tracked, const ProbeSettings& probe) {
  GroupRecord& record{tracked.record};
  const std::string scope{probe_scope(record)};
  ProbeCount count{count_probes(scope, probe)};
  count.replaced = count_replaced(record.workload, scope);
  const auto workload{find_workload_(record.workload)};
  const PlanLimits limits{workload ? workload->plan_limits : PlanLimits{}};
  const bool was_doubted{probe_doubts_.is_doubted(scope)};
  const bool is_believed{probe_doubts_.may_let_go(scope, count, limits.drain_share_per_tick,
                                                  limits_of(record).start_limit, clock_.now())};
  const bool is_doubted{probe_doubts_.is_doubted(scope)};
  if (is_doubted != was_doubted) observer_.on_probes_doubted(scope, is_doubted, count);
  if (!is_believed) {
    record.note = std::string{to_string(Because::probes_doubted)} + ": " + record.note;
  }
  return is_believed;
}

void GroupKeeper::note_passed(const Tracked& tracked, const ProbeSettings& probe) {
  const std::string scope{probe_scope(tracked.record)};
  probe_doubts_.note_passed(scope, clock_.now());
  if (!probe_doubts_.is_doubted(scope)) return;
  const ProbeCount count{count_probes(scope, probe)};
  if (count.failing > 0) return;
  probe_doubts_.end(scope);
  observer_.on_probes_doubted(scope, false, count);
}

}  // namespace spillway
