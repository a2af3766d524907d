#include "policies/placement/weighted.hpp"

#include <algorithm>
#include <limits>

namespace spillway::placement {

namespace {

constexpr double usual_latency{0.1};  // seconds; across an ocean and back

/// Never zero, so that a free offer does not make all others infinitely dear.
double smallest(const std::vector<OfferFacts>& offers, double (*measure)(const OfferFacts&)) {
  double found{std::numeric_limits<double>::max()};
  for (const OfferFacts& each : offers) {
    if (measure(each) > 0.0) found = std::min(found, measure(each));
  }
  return found;
}

}  // namespace

std::vector<OfferFacts> rank(const Weighted& settings, std::vector<OfferFacts> offers) {
  const double cheapest{smallest(offers, replica_price)};
  const double fastest{smallest(offers, expected_start)};
  std::ranges::stable_sort(offers, {}, [&](const OfferFacts& each) {
    return settings.price * replica_price(each) / cheapest +
           settings.start * expected_start(each) / fastest +
           settings.latency * seconds(each.latency) / usual_latency;
  });
  return offers;
}

void describe(Fields& fields, Weighted& settings) {
  const NumberRange range{.min = 0.0, .max = 1000.0};
  fields.number("price", settings.price, range, "Weight of the price, relative to the cheapest.");
  fields.number("start", settings.start, range,
                "Weight of the start time, relative to the fastest.");
  fields.number("latency", settings.latency, range,
                "Weight of each 100 ms between the cluster and the region.");
}

}  // namespace spillway::placement
