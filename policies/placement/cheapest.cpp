#include "policies/placement/cheapest.hpp"

#include <algorithm>
#include <tuple>

namespace spillway::placement {

std::vector<OfferFacts> rank(const Cheapest& /*settings*/, std::vector<OfferFacts> offers) {
  std::ranges::stable_sort(offers, {}, [](const OfferFacts& each) {
    return std::tuple{replica_price(each), expected_start(each)};
  });
  return offers;
}

void describe(Fields& /*fields*/, Cheapest& /*settings*/) {}

}  // namespace spillway::placement
