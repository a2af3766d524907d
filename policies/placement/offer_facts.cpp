#include "policies/placement/offer_facts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace spillway::placement {

namespace {

/// A place where hardly anything starts is a bad one, not an infinitely bad one: rates move.
constexpr double lowest_success{0.01};

double success_of(const OfferFacts& facts) {
  if (!std::isfinite(facts.success_rate)) return lowest_success;
  return std::clamp(facts.success_rate, lowest_success, 1.0);
}

}  // namespace

double replica_price(const OfferFacts& facts) {
  const double price{facts.offer.price.per_hour.usd()};
  return price / std::max(1, facts.offer.size.replicas.count) / success_of(facts);
}

double expected_start(const OfferFacts& facts) {
  return seconds(facts.start.p95) / success_of(facts);
}

std::vector<Offer> offers_of(std::vector<OfferFacts> facts) {
  std::vector<Offer> offers{};
  offers.reserve(facts.size());
  for (OfferFacts& each : facts) offers.push_back(std::move(each.offer));
  return offers;
}

}  // namespace spillway::placement
