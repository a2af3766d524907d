// The order that a person wrote down; offers that are not in it come after, cheapest first. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/placement/offer_facts.hpp"

namespace spillway::placement {

struct PriorityOrder {
  static constexpr std::string_view type{"priority"};
  /// Places as they are printed: `eastus`, `eastus/2`, `westeurope spot`. A region alone stands for
  /// all of its zones.
  std::vector<std::string> order{};
  bool operator==(const PriorityOrder&) const = default;
};

/// Best first; equal offers keep their order.
std::vector<OfferFacts> rank(const PriorityOrder& settings, std::vector<OfferFacts> offers);

void describe(Fields& fields, PriorityOrder& settings);

}  // namespace spillway::placement
