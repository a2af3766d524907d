// Where the fewest of the workload run already, so that one failing zone or region takes few with
// it; of equal ones the cheaper one, and nothing too far from the cluster before anything near.
// Pure.
#pragma once

#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/placement/offer_facts.hpp"

namespace spillway::placement {

struct Spread {
  static constexpr std::string_view type{"spread"};
  /// Affinity: offers beyond this round trip come after all others; 0: distance does not count.
  Duration latency_max{};
  bool operator==(const Spread&) const = default;
};

/// Best first; equal offers keep their order.
std::vector<OfferFacts> rank(const Spread& settings, std::vector<OfferFacts> offers);

void describe(Fields& fields, Spread& settings);

}  // namespace spillway::placement
