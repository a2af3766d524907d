#include "controller/wiring/node_demand.hpp"

#include <set>
#include <string_view>

namespace spillway::wiring {

std::optional<int> wanting_workloads(const std::shared_ptr<const Status>& status,
                                     const std::vector<std::string>& names) {
  if (names.empty()) return 0;
  if (!status) return std::nullopt;
  const std::set<std::string_view> asked{names.begin(), names.end()};  // a name may be there twice
  int wanting{0};
  std::size_t seen{0};
  for (const auto& workload : status->workloads) {
    const Decision& decision{workload->decision};
    if (!asked.contains(decision.workload)) continue;
    const std::optional<BasePool>& base{workload->snapshot.fleet.base};
    if (decision.is_blind || !base) continue;
    ++seen;
    if (decision.recommended > base->capacity()) ++wanting;
  }
  if (wanting == 0 && seen < asked.size()) return std::nullopt;
  return wanting;
}

}  // namespace spillway::wiring
