// The offer whose replicas come to serve soonest, failed starts counted; of equal ones the cheaper
// one. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/placement/offer_facts.hpp"

namespace spillway::placement {

struct Fastest {
  static constexpr std::string_view type{"fastest"};
  bool operator==(const Fastest&) const = default;
};

/// Best first; equal offers keep their order.
std::vector<OfferFacts> rank(const Fastest& settings, std::vector<OfferFacts> offers);

void describe(Fields& fields, Fastest& settings);

}  // namespace spillway::placement
