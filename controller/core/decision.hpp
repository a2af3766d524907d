// The outcome of one tick for one workload, with the whole trail: who asked for what, what clamped
// what, and what would have been without it. A value; carrying it out is the planner's business.
#pragma once

#include <string>
#include <vector>

#include "controller/core/because.hpp"
#include "controller/core/recommendation.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// One step on the way from the recommendations to the count.
struct TrailStep {
  std::string who{};  ///< `arbiter`, `stabilizer`, `limits`, ...
  Replicas before{};
  Replicas after{};
  Because because{Because::steady};
  std::string words{};

  bool operator==(const TrailStep&) const = default;
};

struct Decision {
  TimePoint at{};
  std::string workload{};
  Replicas desired{};      ///< base, VMs and burst together, after every limit
  Replicas recommended{};  ///< what the arbiter asked for, before stabilization and limits
  Replicas burst{};        ///< of these, how many belong into the burst provider
  Replicas vms{};          ///< wanted on extra VMs: ready ones count in `desired`, others will
  Because because{Because::steady};
  bool is_blind{false};  ///< a needed reading was unusable, or the fleet unknown
  std::vector<Recommendation> recommendations{};
  std::vector<TrailStep> trail{};

  bool operator==(const Decision&) const = default;
};

/// The outcome as one line, with each step that changed a count:
/// `LoadOverTarget: desired 15, burst 9 (arbiter 6 -> 15: LoadOverTarget)`.
std::string summary(const Decision& decision);

}  // namespace spillway
