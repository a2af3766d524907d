// Estimates what the acting policies and those in their shadow cost, tick by tick, by the same rule
// for both: neither is favoured by what really happened.
//
//   ready(t)  = least count wanted within the median start time before t: a replica serves from
//               then on
//   rent     += burst wanted * price * time since the last tick
//   late     += load * time * P(wait > `wait`) with ready(t) replicas by M/M/c    (erlang.hpp)
//
// Example: 120 req/s, replicas of 10 req/s. The acting policies have 14 ready, the shadow 13: in
// 15 s of 1800 requests 16 are late with the one, 172 with the other.
// What a replica can do is learned (utilization_law.hpp); until then, and while the load is
// unknown, lateness is not counted. Burst that is wanted while its price is unknown is no rent of
// zero: the estimate says that it lacks a price.
#pragma once

#include "controller/core/shadow.hpp"
#include "controller/core/snapshot.hpp"
#include "policies/decide.hpp"

namespace spillway {

/// The least `desired` in force within `reach` before `now`, as far back as `past` goes.
Replicas ready_by(const History& past, TimePoint now, Duration reach);

/// `record` with this tick. `acting` and `shadow` are what both decided on `now`.
ShadowRecord with_tick(ShadowRecord record, const Snapshot& now, const Decided& acting,
                       const Decided& shadow, Duration wait);

}  // namespace spillway
