// What a worker says about itself, by its hook or by a metric: whether it may go. The rest of
// GroupKeeper is in group_keeper.cpp.
#include "controller/loop/group_keeper.hpp"

namespace spillway {

/// Whether the replica is asked by its hook, whose word goes before what others say about it.
bool GroupKeeper::says_itself(const GroupRecord& record) const {
  const auto workload{find_workload_(record.workload)};
  return workload && !workload->idle_path.empty() && !record.ip.empty();
}

bool GroupKeeper::is_measured(const GroupRecord& record) const {
  const auto workload{find_workload_(record.workload)};
  return workload && workload->work_lag;
}

/// The first question also tells it that it is to leave: one that gets requests is asked once no
/// balancer sends it any.
void GroupKeeper::ask_whether_idle() {
  for (auto& [id, tracked] : tracked_) {
    const GroupState& state{tracked.record.state};
    if (state.phase != GroupPhase::draining || !says_itself(tracked.record)) continue;
    const bool has_balancers{!find_workload_(tracked.record.workload)->traffic.empty()};
    if (!has_balancers || state.withdrawn_at) perform(tracked, Do::probe);
  }
}

/// A balancer that has not confirmed the withdrawal may send it the next request at any time, and
/// one that counts knows of requests that the replica may not count as work.
void GroupKeeper::learn_idle(Tracked& tracked, const OperationResult& result) {
  const GroupState& state{tracked.record.state};
  if (!result.event || state.phase != GroupPhase::draining || !state.withdrawn_at) return;
  const bool has_requests{!is_measured(tracked.record) && tracked.in_flight.value_or(0) > 0};
  if (!has_requests) handle(tracked, GroupEvent::in_flight_zero);
}

/// Who is idle leaves first (the planner goes by what is in flight), and ends its drain by a sample
/// that was taken since: an older one says nothing about the job that it took a moment later.
void GroupKeeper::see_work(const std::map<std::string, WorkInHand>& work) {
  for (auto& [id, tracked] : tracked_) {
    const GroupRecord& record{tracked.record};
    const auto workload{find_workload_(record.workload)};
    if (!workload || !workload->work_lag) continue;
    tracked.in_flight.reset();
    const auto samples{work.find(record.workload)};
    if (samples == work.end()) continue;
    const auto in_hand{in_hand_of(samples->second, id, record.ip, record.port)};
    if (!in_hand) continue;
    tracked.in_flight = whole_jobs(in_hand->jobs);
    const GroupState& state{record.state};
    const bool is_leaving{state.phase == GroupPhase::draining && state.withdrawn_at &&
                          !says_itself(record)};
    if (!is_leaving || *tracked.in_flight > 0) continue;
    const bool is_news{in_hand->sampled_at - *workload->work_lag >= *state.withdrawn_at};
    if (is_news) handle(tracked, GroupEvent::in_flight_zero);
  }
}

}  // namespace spillway
