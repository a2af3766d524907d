// What is known about an offer when offers are ranked, and the measures that the placement policies
// share. Pure.
#pragma once

#include <vector>

#include "controller/core/planner.hpp"
#include "controller/core/snapshot.hpp"
#include "controller/core/units.hpp"

namespace spillway::placement {

struct OfferFacts {
  Offer offer{};
  StartTimes start{};        ///< as measured in its place
  double success_rate{1.0};  ///< share of starts that come to serve, above 0
  Replicas running{};        ///< of this workload, in its zone (or region, if it has no zone)
  Duration latency{};        ///< from the cluster to the region, one round trip; 0: not known

  bool operator==(const OfferFacts&) const = default;
};

/// USD per hour for one replica that serves: the group's price by its replicas, and more where
/// starts fail, since what fails is charged until it is removed.
///
/// price / replicas / success. Example: 0.10 USD/h for 2 replicas and 80 % success: 0.0625 USD/h.
double replica_price(const OfferFacts& facts);

/// Seconds until a replica serves, in the slow case: a failed try is followed by another one, so
/// p95 / success. Example: 60 s and 80 % give 75 s.
double expected_start(const OfferFacts& facts);

/// The offers alone, in this order.
std::vector<Offer> offers_of(std::vector<OfferFacts> facts);

}  // namespace spillway::placement
