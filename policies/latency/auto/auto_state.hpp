// All that `auto` remembers between two ticks, and its layout in the policy's Memory.
#pragma once

#include <memory>

#include "controller/core/kept_memory.hpp"
#include "policies/latency/auto/archive.hpp"
#include "policies/latency/auto/create_rate.hpp"
#include "policies/latency/auto/error_budget.hpp"
#include "policies/latency/auto/lateness_ceiling.hpp"
#include "policies/latency/auto/lateness_floor.hpp"
#include "policies/latency/auto/load_doubt.hpp"
#include "policies/latency/auto/load_history.hpp"
#include "policies/latency/auto/model_doubt.hpp"
#include "policies/latency/auto/prediction.hpp"
#include "policies/latency/auto/refused_creates.hpp"
#include "policies/latency/auto/service_rate.hpp"
#include "policies/latency/auto/slot_hold.hpp"
#include "policies/latency/auto/staffing_table.hpp"
#include "policies/latency/auto/standby_tier.hpp"
#include "policies/latency/auto/vm_tier.hpp"

namespace spillway::autopilot {

struct State final : MemoryForm {
  /// Defined elsewhere, so that no compiler fills all of it with zeros before the parts do.
  State();

  Memory numbers() const override;
  /// Rounds what a memory keeps rounded, so that this and what would be restored are equal. False
  /// after readings beyond all measure: an infinity is not to be remembered.
  bool settle();

  double last_at_s{0.0};  ///< of the last tick with a load; 0: none yet
  LoadHistory loads{};
  Prediction prediction{};
  ServiceRate service{};
  ErrorBudget budget{};
  ModelDoubt doubt{};
  LatenessCeiling ceiling{};
  LatenessFloor lateness_floor{};
  CreateRate creates{};
  RefusedCreates refused{};
  VmTier vms{};
  StandbyTier standby{};
  SlotHold slot_hold{};
  LoadDoubt load_doubt{};
  /// Not remembered: of the last tick, and made anew if it is not there.
  std::shared_ptr<const StaffingRows> staffing{};

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(last_at_s);
    loads.keep(archive);
    prediction.keep(archive);
    service.keep(archive);
    budget.keep(archive);
    doubt.keep(archive);
    ceiling.keep(archive);
    lateness_floor.keep(archive);
    creates.keep(archive);
    refused.keep(archive);
    vms.keep(archive);
    standby.keep(archive);
    slot_hold.keep(archive);
    load_doubt.keep(archive);
  }
};

/// A state to go on with: a copy of the one kept, or made of its numbers. A fresh one if there are
/// none, or of another layout.
std::shared_ptr<State> restore(const KeptMemory& memory);

/// What is kept of a state for the next tick: nothing if it cannot be settled.
KeptMemory keep(std::shared_ptr<State> state);

}  // namespace spillway::autopilot
