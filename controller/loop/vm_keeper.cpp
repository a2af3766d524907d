#include "controller/loop/vm_keeper.hpp"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace spillway {
namespace {

constexpr Duration vm_call_timeout{std::chrono::seconds{65}};
constexpr Duration vm_look_every{std::chrono::seconds{15}};
/// Nothing is resized on an older picture: a person may have changed the pool meanwhile.
constexpr Duration vm_still_known{std::chrono::minutes{1}};
constexpr Duration after_a_refusal{std::chrono::minutes{1}};
/// Before machines go: a burst takes half a minute to start, some take longer.
constexpr Duration stand_in_time{std::chrono::minutes{2}};

std::string subject_of(const Workload& workload) {
  return "machines of " + workload.name;
}

}  // namespace

void VmKeeper::look_soon(const std::shared_ptr<const Workload>& workload) {
  if (!workload->machines) return;
  Pool& pool{pools_[workload->name]};
  if (pool.is_looking || clock_.now() < pool.next_look) return;
  pool.is_looking = true;
  tasks_.spawn(look(workload));
}

asio::awaitable<void> VmKeeper::look(std::shared_ptr<const Workload> workload) {
  const auto deadline = io::deadline_after(clock_, vm_call_timeout);
  const auto state = co_await workload->machines->observe(deadline);
  Pool& pool{pools_[workload->name]};
  pool.is_looking = false;
  pool.next_look = clock_.now() + vm_look_every;
  observer_.on_call("machines", subject_of(*workload),
                    state ? std::nullopt : std::optional{state.error()});
  if (!state) {
    if (state.error().retry_after) pool.next_look = clock_.now() + *state.error().retry_after;
    co_return;
  }
  pool.state = *state;
  pool.seen_at = clock_.now();
  observer_.on_machines(workload->name, *state);
}

bool VmKeeper::is_known(const Pool& pool) const {
  return pool.state && clock_.now() - pool.seen_at <= vm_still_known;
}

Replicas VmKeeper::staying(const Pool& pool, const VmPoolLimits& limits, Replicas ready) const {
  const bool goes_soon{pool.fewer_since && is_known(pool) &&
                       clock_.now() - *pool.fewer_since >= limits.scale_in_after - stand_in_time};
  if (!goes_soon) return ready;
  return std::min(ready, Replicas{std::max(0, pool.fewer - limits.base) * limits.replicas_per_vm});
}

void VmKeeper::show(const Workload& workload, Fleet& fleet) const {
  const auto found{pools_.find(workload.name)};
  if (!workload.machines || found == pools_.end() || !found->second.state) return;
  const VmPoolState& state{*found->second.state};
  const VmPoolLimits& limits{workload.machine_limits};
  const int extra{std::max(0, state.capacity - limits.base)};
  const int ready{std::clamp(state.ready - limits.base, 0, extra)};
  fleet.vms.ready = Replicas{ready * limits.replicas_per_vm};
  fleet.vms.starting = Replicas{(extra - ready) * limits.replicas_per_vm};
  if (limits.is_counted_by_cluster && fleet.base) {
    // A machine that runs may still be without its replicas: what is not in the count is not ready.
    const Replicas on_them{std::min(fleet.base->ready, fleet.vms.ready)};
    fleet.base->ready -= on_them;
    fleet.vms.starting += fleet.vms.ready - on_them;
    fleet.vms.ready = on_them;
  }
  fleet.vms.staying = staying(found->second, limits, fleet.vms.ready);
}

std::optional<MachinesStatus> VmKeeper::status(const Workload& workload,
                                               const Decision& decision) const {
  if (!workload.machines) return std::nullopt;
  const VmPoolLimits& limits{workload.machine_limits};
  MachinesStatus status{.wanted = machines_for(decision.vms.count, limits),
                        .base = limits.base,
                        .max = std::max(limits.base, limits.max)};
  const auto found{pools_.find(workload.name)};
  if (found == pools_.end() || !found->second.state) return status;
  status.seen_at = found->second.seen_at;
  if (is_known(found->second)) status.state = found->second.state;
  return status;
}

void VmKeeper::act(const std::shared_ptr<const Workload>& workload, const Decision& decision,
                   const Fleet& fleet) {
  const auto found{pools_.find(workload->name)};
  if (!workload->machines || found == pools_.end()) return;
  Pool& pool{found->second};
  const TimePoint now{clock_.now()};
  if (!is_known(pool) || pool.is_resizing || now < pool.next_resize) return;
  const VmPoolLimits& limits{workload->machine_limits};
  const int capacity{pool.state->capacity};
  const int wanted{machines_for(decision.vms.count, limits)};
  const bool is_somebody_elses{capacity > limits.max ||
                               (capacity < limits.base && decision.vms <= Replicas{})};
  if (wanted == capacity || is_somebody_elses) {
    pool.fewer_since.reset();
    return;
  }
  if (wanted < capacity) {
    if (!pool.fewer_since) pool.fewer_since = now;
    pool.fewer = wanted;
    if (now - *pool.fewer_since < limits.scale_in_after) return;
    if (!fleet.base || !fleet.burst) return;
    // In doubt nothing shrinks: what runs on the machines has its new place before they go.
    const Replicas left{std::max(0, wanted - limits.base) * limits.replicas_per_vm};
    const Replicas elsewhere{fleet.base->capacity() + count_burst(*fleet.burst).serving};
    if (elsewhere + std::min(left, fleet.vms.ready) < decision.desired) return;
  }
  pool.fewer_since.reset();
  pool.is_resizing = true;
  tasks_.spawn(resize(workload, wanted));
}

asio::awaitable<void> VmKeeper::resize(std::shared_ptr<const Workload> workload, int machines) {
  const auto deadline = io::deadline_after(clock_, vm_call_timeout);
  const auto done = co_await workload->machines->resize(machines, deadline);
  Pool& pool{pools_[workload->name]};
  pool.is_resizing = false;
  observer_.on_call("resize", subject_of(*workload),
                    done ? std::nullopt : std::optional{done.error()});
  pool.next_look = TimePoint{};
  if (done) {
    // Until the next look it is what was accepted: a second wish builds on it.
    if (pool.state) pool.state->capacity = machines;
    co_return;
  }
  pool.next_resize = clock_.now() + done.error().retry_after.value_or(after_a_refusal);
}

}  // namespace spillway
