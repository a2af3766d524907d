#include "controller/state/billed_run.hpp"

namespace spillway {

std::optional<BilledRun> billed_run(const GroupRecord& record) {
  if (!record.billed_from) return std::nullopt;
  BilledRun run{.group = record.id,
                .workload = record.workload,
                .price = record.price,
                .from = *record.billed_from,
                .until = record.billed_until};
  if (!run.until && record.state.phase == GroupPhase::gone) run.until = record.state.since;
  return run;
}

}  // namespace spillway
