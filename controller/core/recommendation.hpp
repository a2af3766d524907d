// What one policy asks for at one tick. Latency policies give floors, cost policies give ceilings,
// and a policy that cannot see asks to hold: nothing may shrink on its account.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/because.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// What a policy wants to find again at the next tick, in a layout of its own. Bounded by the
/// policy; kept in History, so that restart, replay and backtest agree bit for bit.
using Memory = std::vector<double>;

struct Recommendation {
  std::string policy{};
  std::optional<Replicas> floor{};    ///< at least this many, base and burst together
  std::optional<Replicas> ceiling{};  ///< at most this many
  std::optional<Replicas> vms{};      ///< wanted on extra VMs, ready and starting together
  bool is_hold{false};                ///< in doubt: not fewer than now
  Because because{Because::no_opinion};
  std::string words{};  ///< for a person: "142 req/s need 15 replicas at 70 %"
  Memory memory{};

  bool operator==(const Recommendation&) const = default;
};

}  // namespace spillway
