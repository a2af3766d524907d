// Price, start time and distance in one number, each relative to the best offer. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/placement/offer_facts.hpp"

namespace spillway::placement {

/// score = price * P/Pmin + start * S/Smin + latency * L/100 ms, lowest first. Ratios to the best
/// make a dear region and a slow one comparable without units. Example: weights 1 and 1, an offer
/// at twice the price that starts in half the time of the cheapest one scores 2 + 1 = 3, the
/// cheapest 1 + 2 = 3: a tie.
struct Weighted {
  static constexpr std::string_view type{"weighted"};
  double price{1.0};
  double start{1.0};
  double latency{0.0};
  bool operator==(const Weighted&) const = default;
};

/// Best first; equal offers keep their order.
std::vector<OfferFacts> rank(const Weighted& settings, std::vector<OfferFacts> offers);

void describe(Fields& fields, Weighted& settings);

}  // namespace spillway::placement
