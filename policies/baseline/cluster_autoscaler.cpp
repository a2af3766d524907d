#include "policies/baseline/cluster_autoscaler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "policies/baseline/seen_fleet.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

constexpr int most_removed_at_once{10};

/// Where the HPA's numbers begin, behind a count and so many of the Cluster Autoscaler's.
std::ptrdiff_t hpa_begin(const Memory& memory) {
  const int count{count_from_memory(memory[1]).count};
  return 2 + std::min(static_cast<std::ptrdiff_t>(count), std::ssize(memory) - 2);
}

/// The Cluster Autoscaler's own memory: when it last added, and since when the first, second, ...
/// machine has been unneeded. In front of the HPA's in the policy's memory.
struct Machines {
  double added_at{-1e15};
  std::vector<double> unneeded_since{};

  static Machines of(const Memory& memory) {
    Machines machines{};
    if (memory.size() < 2) return machines;
    machines.added_at = memory[0];
    machines.unneeded_since.assign(memory.begin() + 2, memory.begin() + hpa_begin(memory));
    return machines;
  }

  Memory with(const Memory& hpa) const {
    Memory kept{added_at, static_cast<double>(unneeded_since.size())};
    kept.insert(kept.end(), unneeded_since.begin(), unneeded_since.end());
    kept.insert(kept.end(), hpa.begin(), hpa.end());
    return kept;
  }
};

Memory hpa_part(const Memory& memory) {
  if (memory.size() < 2) return {};
  return {memory.begin() + hpa_begin(memory), memory.end()};
}

/// The machines wanted after this look.
int adjusted(Machines& machines, int pods, const SeenFleet& fleet, double now,
             const ClusterAutoscalerSettings& settings) {
  const int per_vm{settings.replicas_per_vm};
  const int have{fleet.vms / per_vm};
  const int room{fleet.base + have * per_vm};
  if (pods > room) {
    machines.added_at = now;
    machines.unneeded_since.clear();
    return have + (pods - room + per_vm - 1) / per_vm;
  }
  const int unneeded{std::min(have, (room - pods) / per_vm)};
  machines.unneeded_since.resize(static_cast<std::size_t>(unneeded), now);
  if (now - machines.added_at < static_cast<double>(settings.delay_after_add.count())) return have;
  const auto long_enough{std::ranges::count_if(machines.unneeded_since, [&](double since) {
    return now - since >= static_cast<double>(settings.unneeded_time.count());
  })};
  const int removed{std::min(most_removed_at_once, static_cast<int>(long_enough))};
  // Those that have been unneeded longest are in front.
  machines.unneeded_since.erase(machines.unneeded_since.begin(),
                                machines.unneeded_since.begin() + removed);
  return have - removed;
}

}  // namespace

void describe(Fields& fields, ClusterAutoscalerSettings& settings) {
  describe(fields, settings.pods);
  fields.count("replicas_per_vm", settings.replicas_per_vm, {.min = 1, .max = 1000},
               "Replicas that one machine holds.");
  fields.duration("unneeded_time", settings.unneeded_time, {.max = std::chrono::hours{24}},
                  "A machine goes after it has been unneeded for so long.");
  fields.duration("delay_after_add", settings.delay_after_add, {.max = std::chrono::hours{24}},
                  "None goes so soon after one was added.");
}

Recommendation MachineAutoscaler::recommend(const Snapshot& now, const History& past) const {
  const Memory memory = plausible(past.memory(name()));
  const Reading& reading{now.readings[signal::utilization]};
  const auto utilization{reading.fresh_value()};
  const auto fleet{see_fleet(now.fleet)};
  if (!utilization || !fleet) return blind(name(), reading, memory);

  HpaBehavior behavior{hpa_part(memory), fleet->wanted};
  if (behavior.is_due(now.taken_at, settings_.pods.behavior)) {
    // Pods that wait for a machine are not ready. Idle room on machines serves here too, and lowers
    // the average: in a cluster the pods alone would have all of that load.
    const int ready{std::min(fleet->serving, behavior.count())};
    const double by_pods{*utilization * fleet->serving / std::max(1, ready)};
    const int proposed{propose_by_utilization(by_pods, ready, behavior.count(),
                                              settings_.pods.target_utilization,
                                              settings_.pods.behavior.tolerance)};
    behavior.follow(proposed, fleet->base, now.taken_at, settings_.pods.behavior);
  }
  const int pods{behavior.count()};
  Machines machines{Machines::of(memory)};
  const auto at{static_cast<double>(now.taken_at.time_since_epoch().count())};
  const int wanted{adjusted(machines, pods, *fleet, at, settings_)};
  const int local{fleet->base + fleet->vms_ready};
  const Replicas floor{has_bridge_ ? pods : std::min(pods, local)};
  return {.policy = std::string{name()},
          .floor = floor,
          .vms = Replicas{wanted * settings_.replicas_per_vm},
          .because = compared_with({pods}, now.fleet),
          .words = fmt::format("{} pods, {} machines beside the cluster", pods, wanted),
          .memory = machines.with(behavior.memory())};
}

}  // namespace spillway
