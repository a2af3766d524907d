// Which template the groups of a workload are created from: told by the cluster, trusted once it
// has settled, taken back when it fails, and remembered over a restart. The rest of ControlLoop is
// in control_loop.cpp.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "controller/loop/control_loop.hpp"

namespace spillway {
namespace {

/// What depends on the replica template, from another version of the same workload.
void use_replica_of(const Workload& other, Workload& changed) {
  changed.replica = other.replica;
  changed.plan_limits.template_hash = other.plan_limits.template_hash;
  changed.offers = other.offers;
  changed.probe = other.probe;
  changed.awaits_template = false;
}

/// Under which key the store keeps what is remembered of the templates of `workload`.
std::string kept_template(const std::string& workload) {
  return "template " + workload;
}

}  // namespace

/// A changed description becomes the template of new groups; it is never taken back because the
/// cluster could not be read. While the cluster rolls its own update out, the burst stays with what
/// it has: a bad image is to be stopped by the base before it gets here.
void ControlLoop::follow_template(const Workload& workload, const Observation& seen) {
  if (!workload.take_replica || !seen.replica) return;
  Memory& memory{memories_[workload.name]};
  const bool waits_for_base{memory.derived && seen.pool.is_rolling};
  if (waits_for_base || memory.derived == seen.replica) return;
  memory.derived = seen.replica;
  apply_template(workload.name);
}

/// Swaps the workload for one with the template of the cluster, as a reload would.
void ControlLoop::apply_template(const std::string& workload) {
  const auto found{config_.workloads.find(workload)};
  const Memory& memory{memories_[workload]};
  if (found == config_.workloads.end() || !found->second->take_replica || !memory.derived) return;
  const auto adapted{std::make_shared<Workload>(*found->second)};
  adapted->take_replica(*memory.derived, *adapted);
  found->second = adapted;
  parts_.observer.on_template(workload, adapted->replica, memory.derived->left_out);
  keep_rejected_out(workload);
}

/// A template that was taken back stays out, whoever brings it again.
void ControlLoop::keep_rejected_out(const std::string& workload) {
  trust_as_before(workload);
  const auto found{config_.workloads.find(workload)};
  const Memory& memory{memories_[workload]};
  if (found == config_.workloads.end() || !memory.trusted) return;
  if (found->second->plan_limits.template_hash != memory.rejected_hash) return;
  const auto adapted{std::make_shared<Workload>(*found->second)};
  use_replica_of(*memory.trusted, *adapted);
  found->second = adapted;
}

Result<void> ControlLoop::recall_template(const std::string& workload) {
  const auto kept{parts_.store.kept(kept_template(workload))};
  if (!kept) return kept.error();
  if (!*kept) return {};
  Memory& memory{memories_[workload]};
  memory.recalled = template_memory_from((*kept)->text);
  if (memory.recalled) memory.rejected_hash = memory.recalled->rejected_hash;
  keep_rejected_out(workload);
  return {};
}

/// Makes the template that an earlier run trusted again, as a version of the workload as it is
/// configured now: places, sizes, probe and the values of secrets are those of today. Where it
/// cannot be made, nothing is created from one that was taken back: that would cost money and serve
/// nobody; what serves goes on.
void ControlLoop::trust_as_before(const std::string& workload) {
  const auto found{config_.workloads.find(workload)};
  Memory& memory{memories_[workload]};
  if (found == config_.workloads.end() || memory.trusted || !memory.recalled) return;
  const std::shared_ptr<const Workload> configured{found->second};
  if (configured->awaits_template) return;
  const std::string& current{configured->plan_limits.template_hash};
  if (memory.recalled->trusted_hash == current) {
    memory.trusted = configured;
    return;
  }
  const auto adapted{std::make_shared<Workload>(*configured)};
  adapted->replica = memory.recalled->trusted;
  const std::vector<std::string> missing{fill_secrets(adapted->replica, configured->replica)};
  const bool is_rejected{current == memory.rejected_hash};
  if (missing.empty() && template_hash(adapted->replica) == memory.recalled->trusted_hash) {
    adapted->plan_limits.template_hash = memory.recalled->trusted_hash;
    memory.trusted = adapted;
    if (is_rejected) parts_.observer.on_rollback(workload, current, "it was taken back before");
    return;
  }
  if (!is_rejected) return;
  const auto waiting{std::make_shared<Workload>(*configured)};
  waiting->awaits_template = true;
  found->second = waiting;
  parts_.observer.on_rollback(
      workload, current,
      fmt::format("it was taken back before, and the one before it cannot be made again without {}:"
                  " nothing is created until the template changes",
                  missing.empty() ? std::string{"its old settings"}
                                  : fmt::format("{}", fmt::join(missing, ", "))));
}

/// Adds what is not in the store yet, of workloads that have groups or took a template back: of the
/// others there is nothing to know.
void ControlLoop::keep_templates(StateBatch& changes) {
  std::optional<std::set<std::string>> busy{};
  for (auto& [name, memory] : memories_) {
    if (memory.is_template_kept || !memory.trusted) continue;
    if (!busy) busy = groups_.workloads_with_groups();
    if (memory.rejected_hash.empty() && !busy->contains(name)) continue;
    memory.is_template_kept = true;
    const TemplateMemory kept{.trusted_hash = memory.trusted->plan_limits.template_hash,
                              .rejected_hash = memory.rejected_hash,
                              .trusted = memory.trusted->replica};
    if (memory.recalled == kept) continue;
    changes.kept.push_back({kept_template(name), to_text(kept), parts_.clock.now()});
  }
}

/// The usual level of errors while no update is under way, over about two minutes.
void ControlLoop::watch_errors(const Workload& workload, const Snapshot& snapshot) {
  constexpr double weight{0.05};
  const auto errors{snapshot.readings[workload.rolling.error_signal].fresh_value()};
  if (!errors) return;
  std::optional<double>& usual{memories_[workload.name].usual_errors};
  usual = usual ? *usual + weight * (*errors - *usual) : *errors;
}

/// Trusts a template that has settled everywhere it runs; takes one back that fails before that.
void ControlLoop::judge_template(const Workload& workload, const Snapshot& snapshot) {
  if (workload.awaits_template || !snapshot.fleet.burst) return;
  Memory& memory{memories_[workload.name]};
  const std::string& current{workload.plan_limits.template_hash};
  const bool is_new{memory.trusted && memory.trusted->plan_limits.template_hash != current};
  const std::vector<Group>& groups{*snapshot.fleet.burst};
  const bool runs_new{is_new && std::ranges::any_of(groups, [&](const Group& group) {
                        return group.template_hash == current;
                      })};
  if (!runs_new && !workload.rolling.error_signal.empty()) watch_errors(workload, snapshot);
  if (!is_new && memory.trusted) return;
  const RollingSettings& rolling{workload.rolling};
  if (is_new && groups_.failures(workload.name, current) >= rolling.failures_max) {
    return roll_back(workload.name, "its groups do not serve");
  }
  const bool is_mixed{has_outdated(groups, current)};
  if (is_new && is_mixed && !rolling.error_signal.empty()) {
    const auto errors{snapshot.readings[rolling.error_signal].fresh_value()};
    const double allowed{
        std::max(rolling.error_max, rolling.error_rise * memory.usual_errors.value_or(0.0))};
    if (errors && *errors > allowed) {
      return roll_back(workload.name, rolling.error_signal + " rose during the update");
    }
  }
  const bool has_settled{std::ranges::any_of(groups, [&](const Group& group) {
    return group.template_hash == current && group.phase == GroupPhase::serving &&
           group.serving_since && snapshot.taken_at - *group.serving_since >= rolling.limits.soak;
  })};
  // The first template that is known has nothing before it to go back to.
  if (!memory.trusted || (has_settled && !is_mixed)) {
    memory.trusted = config_.workloads.at(workload.name);
    memory.is_template_kept = false;
  }
}

void ControlLoop::roll_back(const std::string& workload, std::string_view why) {
  Memory& memory{memories_[workload]};
  memory.rejected_hash = config_.workloads.at(workload)->plan_limits.template_hash;
  memory.is_template_kept = false;
  parts_.observer.on_rollback(workload, memory.rejected_hash, why);
  keep_rejected_out(workload);
}

}  // namespace spillway
