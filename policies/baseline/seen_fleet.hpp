// The fleet as other autoscalers see it: one pool of equal replicas with a fixed cluster under it,
// which is never scaled in. Shared by the baselines.
#pragma once

#include <optional>
#include <string_view>

#include "controller/core/recommendation.hpp"
#include "controller/core/snapshot.hpp"

namespace spillway {

struct SeenFleet {
  int base{0};       ///< replicas of the fixed cluster: the minimum of every baseline
  int vms_ready{0};  ///< replicas on extra VMs
  int vms{0};        ///< the same, ready and starting
  int serving{0};    ///< base, VMs and burst that serve
  int wanted{0};     ///< the same with starting burst; VMs that start are not counted
};

/// Nothing if the cluster or the provider could not be listed.
std::optional<SeenFleet> see_fleet(const Fleet& fleet);

/// True if to ask for `next` after `asked` changes anything, and so begins a cooldown: what limits
/// hold back, or what runs already, does not.
bool is_change(int next, int asked, const SeenFleet& fleet);

/// What a baseline answers while it cannot see its signal or the fleet: hold, and keep its memory.
Recommendation blind(std::string_view policy, const Reading& reading, const Memory& memory);

/// Rounds a count up; rounding noise of a billionth adds no replica. Example: 21.0000000001 is 21.
int whole_replicas(double exact);

}  // namespace spillway
