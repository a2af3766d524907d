// What people ask of a running loop: another configuration, and drains. The rest of ControlLoop is
// in control_loop.cpp.
#include <utility>

#include "controller/loop/control_loop.hpp"

namespace spillway {

std::string kept_drain_key(const std::string& workload) {
  return "drain " + workload;
}

void ControlLoop::reload(LoopConfig config) {
  std::swap(config_, config);
  // Workloads that left keep their limits and balancers until their last group has gone.
  for (const auto& [name, workload] : config.workloads) {
    retired_.insert_or_assign(name, workload);
    if (workload->work_lag) retired_sensors_.insert_or_assign(name, config.sensors);
  }
  for (const auto& [name, workload] : config_.workloads) {
    keep_what_came_back(*workload);
    const auto before{retired_.find(name)};
    if (before == retired_.end()) continue;
    leave_former_traffic(*before->second, *workload);
    retired_.erase(before);
    retired_sensors_.erase(name);
  }
  restore_traffic();
  groups_.set_acting(config_.settings.mode == Mode::act);
  groups_.forgive();
  for (const auto& [name, workload] : config_.workloads) {
    const auto saved{parts_.store.save_settings(workload->settings_hash, workload->settings_text)};
    if (!saved) store_trouble_ = saved.error();
  }
  std::erase_if(memories_, [&](const auto& entry) { return !find_workload(entry.first); });
  // What the clusters told is known already: a cluster that is silent now must not take it away.
  std::vector<std::string> names{};
  for (const auto& [name, workload] : config_.workloads) names.push_back(name);
  for (const std::string& name : names) {
    apply_template(name);
    keep_rejected_out(name);
  }
}

void ControlLoop::reprice() {
  const auto priced{[](const std::shared_ptr<const Workload>& workload) {
    if (!workload || !workload->price_of) return workload;
    const auto changed{std::make_shared<Workload>(*workload)};
    for (Offer& offer : changed->offers) offer.price = changed->price_of(offer, changed->replica);
    return std::shared_ptr<const Workload>{changed};
  }};
  for (auto& [name, workload] : config_.workloads) workload = priced(workload);
  for (auto& [name, memory] : memories_) memory.trusted = priced(memory.trusted);
}

Result<void> ControlLoop::drain_group(const GroupId& id) {
  if (config_.settings.mode != Mode::act) {
    return Error{Errc::denied, "draining " + id.name + ": mode is `observe`"};
  }
  if (!groups_.drain(id, Because::overridden))
    return Error{Errc::not_found, "no burst group is named " + id.name};
  return {};
}

Result<void> ControlLoop::drain_workload(const std::string& workload, TimePoint until) {
  if (config_.settings.mode != Mode::act) {
    return Error{Errc::denied, "draining " + workload + ": mode is `observe`"};
  }
  if (!config_.workloads.contains(workload)) {
    return Error{Errc::not_found, "no workload is named " + workload};
  }
  memories_[workload].drained_until = until;
  journalist_.forget(workload);
  // Before the answer: a machine may be taken away on the strength of it.
  StateBatch order{};
  order.kept.push_back({.key = kept_drain_key(workload), .text = to_string(until), .at = until});
  const auto written{parts_.store.write(order)};
  if (written) return {};
  return with_context("draining " + workload + ": begun, but a restart would forget it",
                      written.error());
}

}  // namespace spillway
