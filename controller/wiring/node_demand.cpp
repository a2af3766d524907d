#include "controller/wiring/node_demand.hpp"

#include <algorithm>

namespace spillway::wiring {

std::optional<int> wanting_workloads(const std::shared_ptr<const Status>& status,
                                     const std::vector<std::string>& names) {
  if (names.empty()) return 0;
  if (!status) return std::nullopt;
  int wanting{0};
  std::size_t seen{0};
  for (const auto& workload : status->workloads) {
    const Decision& decision{workload->decision};
    if (std::ranges::find(names, decision.workload) == names.end()) continue;
    const std::optional<BasePool>& base{workload->snapshot.fleet.base};
    if (decision.is_blind || !base) continue;
    ++seen;
    if (decision.recommended > base->capacity()) ++wanting;
  }
  if (wanting == 0 && seen < names.size()) return std::nullopt;
  return wanting;
}

}  // namespace spillway::wiring
