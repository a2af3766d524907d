// The policies that decide beside the acting ones: their memory and their bill. The rest of
// ControlLoop is in control_loop.cpp.
#include "policies/shadow.hpp"

#include <utility>

#include "controller/loop/control_loop.hpp"

namespace spillway {

/// The shadow goes on from the newest entry, like the acting policies.
Result<void> ControlLoop::restore_shadow(const Workload& workload) {
  auto newest{parts_.store.journal({.workload = workload.name, .limit = 1})};
  if (!newest) return newest.error();
  if (newest->empty() || !newest->front().shadow) return {};
  ShadowTick& last{*newest->front().shadow};
  Memory& memory{memories_[workload.name]};
  memory.shadow_history =
      remember(std::move(last.past), last.decision, longest_look_back(workload.shadow->behavior));
  memory.shadow_record = std::move(last.record);
  return {};
}

/// What the shadow decided, with the bill of both; moves its memory on.
std::optional<ShadowTick> ControlLoop::shadow_tick(Tentative& tentative, const Snapshot& snapshot) {
  if (!tentative.shadow) return std::nullopt;
  Memory& memory{memories_[tentative.workload->name]};
  Decided& shadow{*tentative.shadow};
  ShadowTick tick{.past = std::move(memory.shadow_history), .before = memory.shadow_record};
  memory.shadow_record = with_tick(std::move(memory.shadow_record), snapshot, tentative.decided,
                                   shadow, tentative.workload->shadow_wait);
  memory.shadow_history = std::move(shadow.next);
  tick.decision = std::move(shadow.decision);
  tick.record = memory.shadow_record;
  return tick;
}

}  // namespace spillway
