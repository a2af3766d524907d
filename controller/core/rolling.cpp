#include "controller/core/rolling.hpp"

#include <algorithm>

namespace spillway {

namespace {

bool runs(const Group& group) {
  return is_starting(group.phase) || group.phase == GroupPhase::serving;
}

struct Count {
  Replicas outdated{};
  Replicas outdated_serving{};
  Replicas unsettled{};  ///< of the current template: not serving, or not for long enough
  Replicas serving{};
  std::optional<TimePoint> last_settled{};
};

Count count(const std::vector<Group>& groups, const std::string& current, Duration soak,
            TimePoint now) {
  Count all{};
  for (const Group& group : groups) {
    if (!runs(group)) continue;
    const bool serves{group.phase == GroupPhase::serving};
    if (serves) all.serving += group.size.replicas;
    if (group.template_hash != current) {
      all.outdated += group.size.replicas;
      if (serves) all.outdated_serving += group.size.replicas;
      continue;
    }
    const bool is_settled{serves && group.serving_since && now - *group.serving_since >= soak};
    if (!is_settled) {
      all.unsettled += group.size.replicas;
    } else if (!all.last_settled || *all.last_settled < *group.serving_since + soak) {
      all.last_settled = *group.serving_since + soak;
    }
  }
  return all;
}

}  // namespace

bool has_outdated(const std::vector<Group>& groups, const std::string& current) {
  return std::ranges::any_of(
      groups, [&](const Group& group) { return runs(group) && group.template_hash != current; });
}

RollStep roll_step(Replicas wanted, const std::vector<Group>& groups, const std::string& current,
                   const RollLimits& limits, TimePoint now) {
  const Count all{count(groups, current, limits.soak, now)};
  RollStep step{};
  if (all.outdated == 0_replicas) return step;
  step.spare = all.unsettled;
  const bool is_batch_done{all.unsettled == 0_replicas};
  const bool has_paused{!all.last_settled || now >= *all.last_settled + limits.pause};
  if (!is_batch_done || !has_paused || wanted == 0_replicas) return step;
  step.surge = std::min(Replicas{limits.max_surge}, all.outdated);
  const Replicas least{std::max(0_replicas, wanted - Replicas{limits.max_unavailable})};
  step.unavailable = std::clamp(all.serving - least, 0_replicas,
                                std::min(all.outdated_serving, Replicas{limits.max_unavailable}));
  return step;
}

}  // namespace spillway
