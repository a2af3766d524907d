#include "policies/placement/fastest.hpp"

#include <algorithm>
#include <tuple>

namespace spillway::placement {

std::vector<OfferFacts> rank(const Fastest& /*settings*/, std::vector<OfferFacts> offers) {
  std::ranges::stable_sort(offers, {}, [](const OfferFacts& each) {
    return std::tuple{expected_start(each), replica_price(each)};
  });
  return offers;
}

void describe(Fields& /*fields*/, Fastest& /*settings*/) {}

}  // namespace spillway::placement
