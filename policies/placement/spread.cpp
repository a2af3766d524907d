#include "policies/placement/spread.hpp"

#include <algorithm>
#include <tuple>

namespace spillway::placement {

std::vector<OfferFacts> rank(const Spread& settings, std::vector<OfferFacts> offers) {
  const auto is_far = [&](const OfferFacts& each) {
    return settings.latency_max > Duration::zero() && each.latency > settings.latency_max;
  };
  std::ranges::stable_sort(offers, {}, [&](const OfferFacts& each) {
    return std::tuple{is_far(each), each.running.count, replica_price(each)};
  });
  return offers;
}

void describe(Fields& fields, Spread& settings) {
  fields.duration("latency_max", settings.latency_max, {.max = std::chrono::seconds{10}},
                  "Regions farther from the cluster than this round trip come last; 0s: distance "
                  "does not count.");
}

}  // namespace spillway::placement
