// What a second set of policies would have done beside the acting one: its decision at a tick, and
// what both would have cost since it began. Estimates by one method for both, so that they can be
// compared; the acting one's real bill is in the ledger.
#pragma once

#include <optional>

#include "controller/core/decision.hpp"
#include "controller/core/history.hpp"
#include "controller/core/recommendation.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// What one set of policies costs, by estimate.
struct PolicyEstimate {
  Money rent{};               ///< of the burst replicas that it wanted
  double late_requests{0.0};  ///< that waited longer than allowed
  bool lacks_price{false};    ///< it wanted burst while the price was unknown: not in `rent`

  bool operator==(const PolicyEstimate&) const = default;
};

struct ShadowRecord {
  TimePoint since{};
  TimePoint at{};        ///< the last tick that counts
  double requests{0.0};  ///< of those ticks whose lateness could be estimated
  PolicyEstimate acting{};
  PolicyEstimate shadow{};
  Memory service_rate{};  ///< what was learned about a replica

  bool operator==(const ShadowRecord&) const = default;
};

/// One tick of the shadow, complete like that of the acting one: it can be recomputed.
struct ShadowTick {
  History past{};
  Decision decision{};
  ShadowRecord record{};                 ///< with this tick
  std::optional<ShadowRecord> before{};  ///< without it; nothing in journals of older versions

  bool operator==(const ShadowTick&) const = default;
};

}  // namespace spillway
