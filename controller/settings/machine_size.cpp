#include "controller/settings/machine_size.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <variant>

#include "controller/settings/values_by_path.hpp"

namespace spillway::settings {
namespace {

struct MachineSize {
  std::vector<std::string_view> steps{};
  int replicas{0};
};

/// By the settings in which policies say it; nothing if it is 0, or there is none of them.
std::optional<MachineSize> counted_by(PolicyDraft& policy) {
  const auto values{values_by_path([&policy](Fields& fields) { policy.describe(fields); })};
  const std::vector<std::vector<std::string_view>> places{{"vm", "replicas"}, {"replicas_per_vm"}};
  for (const auto& steps : places) {
    const auto found{values.find(fmt::format("{}", fmt::join(steps, ".")))};
    if (found == values.end()) continue;
    int replicas{0};
    const char* const end{found->second.data() + found->second.size()};
    std::from_chars(found->second.data(), end, replicas);
    if (replicas > 0) return MachineSize{steps, replicas};
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> machine_size_of(PolicyDraft& policy) {
  const auto found{counted_by(policy)};
  return found ? std::optional{found->replicas} : std::nullopt;
}

std::optional<MachineSizeFault> machine_size_fault(const Config& config,
                                                   const WorkloadConfig& workload,
                                                   PolicyDraft& policy) {
  const auto found{counted_by(policy)};
  if (!found) return std::nullopt;
  const MachineSize& counted{*found};
  const auto differs{[&counted](int replicas, const std::string& who) {
    return MachineSizeFault{
        .steps = counted.steps,
        .message = fmt::format("is {}; expected {}, as {} says", counted.replicas, replicas, who)};
  }};
  if (workload.has_vms && workload.vms.limits.replicas_per_vm != counted.replicas) {
    return differs(workload.vms.limits.replicas_per_vm, "\"vms.replicas_per_vm\" of the workload");
  }
  const auto cluster{config.clusters.find(workload.cluster)};
  if (cluster == config.clusters.end()) return std::nullopt;
  const auto* const vms{std::get_if<static_vms::Settings>(&cluster->second.settings)};
  // With one, the default, the addresses may be those of replicas.
  const bool says_it{vms != nullptr && vms->replicas_per_vm > 1};
  if (!says_it || vms->replicas_per_vm == counted.replicas) return std::nullopt;
  return differs(vms->replicas_per_vm,
                 fmt::format("\"replicas_per_vm\" of the cluster \"{}\"", workload.cluster));
}

}  // namespace spillway::settings
