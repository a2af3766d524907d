// Shares of one tick's creates for a planner that fills one offer after the other: thus ten
// replicas that are missing at once do not end up in one zone. Pure.
#pragma once

#include <vector>

#include "policies/placement/offer_facts.hpp"
#include "policies/placement/spread.hpp"

namespace spillway::placement {

/// `ranked` with each open offer's quota cut to its share of `missing`, and after them what is left
/// of each quota, for the case that a share finds no room.
///
/// A share is found group by group: the next one goes where the fewest replicas run or are planned.
/// Example: 4 missing, zone 1 with 2 running, zones 2 and 3 with none: shares 0, 2, 2.
std::vector<Offer> with_shares(const Spread& settings, const std::vector<OfferFacts>& ranked,
                               Replicas missing);

}  // namespace spillway::placement
