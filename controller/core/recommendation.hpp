// What one policy asks for at one tick. Latency policies give floors, cost policies give ceilings,
// and a policy that cannot see asks to hold: nothing may shrink on its account.
#pragma once

#include <optional>
#include <string>

#include "controller/core/because.hpp"
#include "controller/core/kept_memory.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct Recommendation {
  std::string policy{};
  std::optional<Replicas> floor{};    ///< at least this many, base and burst together
  std::optional<Replicas> ceiling{};  ///< at most this many
  std::optional<Replicas> vms{};      ///< wanted on extra VMs, ready and starting together
  bool is_hold{false};                ///< in doubt: not fewer than now
  Because because{Because::no_opinion};
  std::string words{};  ///< for a person: "142 req/s need 15 replicas at 70 %"
  KeptMemory memory{};  ///< kept in History for the next tick

  bool operator==(const Recommendation&) const = default;
};

}  // namespace spillway
