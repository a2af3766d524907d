#include "controller/loop/tentative.hpp"

#include <algorithm>
#include <cmath>

namespace spillway {
namespace {

/// What a workload that grows may need beyond its grant to fill its largest group.
int to_fill(const Tentative& each, const Claim& claim) {
  if (each.decided.decision.burst <= claim.running) return 0;
  int largest{1};
  for (const Offer& offer : each.workload->offers) {
    largest = std::max(largest, offer.size.replicas.count);
  }
  return largest - 1;
}

}  // namespace

void share(std::vector<Tentative>& tentatives, const AllocatorSettings& settings) {
  if (!settings.is_limited()) return;
  std::vector<Claim> claims{};
  claims.reserve(tentatives.size());
  for (const Tentative& each : tentatives) {
    const Decision& decision{each.decided.decision};
    const auto& burst{each.snapshot.fleet.burst};
    claims.push_back({.workload = each.workload->name,
                      .wanted = decision.burst,
                      // What could not be listed is taken to run: nothing is cut on a guess.
                      .running = burst ? count_burst(*burst).wanted() : decision.burst,
                      .desired = decision.desired,
                      .price = each.snapshot.replica_price,
                      .weight = each.workload->allocation_weight});
  }
  const std::vector<Replicas> granted{allocate(claims, settings)};
  for (std::size_t i{0}; i < tentatives.size(); ++i) {
    apply_grant(tentatives[i].decided, granted[i]);
  }
  int left{settings.max_burst.value_or(1'000'000'000)};
  Money rent_left{settings.max_rent ? settings.max_rent->per_hour : usd(1e9)};
  const auto take{[&](Replicas count, HourlyPrice price) {
    left -= count.count;
    rent_left -= usd(price.per_hour.usd() * count.count);
  }};
  for (std::size_t i{0}; i < claims.size(); ++i) {
    take(std::max(granted[i], claims[i].running), claims[i].price);
  }
  for (std::size_t i{0}; i < tentatives.size(); ++i) {
    const double price{claims[i].price.per_hour.usd()};
    const double paid_for{price > 0.0 ? std::floor(rent_left.usd() / price + 1e-6) : 1e9};
    const int most{std::min(left, static_cast<int>(std::clamp(paid_for, 0.0, 1e9)))};
    tentatives[i].beyond = Replicas{std::max(0, std::min(most, to_fill(tentatives[i], claims[i])))};
    take(tentatives[i].beyond, claims[i].price);
  }
}

}  // namespace spillway
