// The offer whose served replica costs least; of equal ones the one that starts faster. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/placement/offer_facts.hpp"

namespace spillway::placement {

struct Cheapest {
  static constexpr std::string_view type{"cheapest"};
  bool operator==(const Cheapest&) const = default;
};

/// Best first; equal offers keep their order.
std::vector<OfferFacts> rank(const Cheapest& settings, std::vector<OfferFacts> offers);

void describe(Fields& fields, Cheapest& settings);

}  // namespace spillway::placement
