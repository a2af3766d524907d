#include "policies/placement/spread_shares.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>

namespace spillway::placement {

namespace {

struct Share {
  int groups{0};
  Replicas planned{};
};

/// Where the next group goes: open, with quota, near if any near one is; then the emptiest, then
/// the first.
std::optional<std::size_t> next_place(const Spread& settings, const std::vector<OfferFacts>& ranked,
                                      const std::vector<Share>& shares) {
  std::optional<std::size_t> best{};
  const auto is_far = [&](const OfferFacts& each) {
    return settings.latency_max > Duration::zero() && each.latency > settings.latency_max;
  };
  const auto filled = [&](std::size_t i) {
    return ranked[i].running.count + shares[i].planned.count;
  };
  for (std::size_t i{0}; i < ranked.size(); ++i) {
    const Offer& offer{ranked[i].offer};
    const int quota{offer.quota_left.value_or(std::numeric_limits<int>::max())};
    if (offer.closed_because || shares[i].groups >= quota) continue;
    if (!best) {
      best = i;
      continue;
    }
    const bool is_nearer{is_far(ranked[*best]) && !is_far(ranked[i])};
    const bool is_as_near{is_far(ranked[*best]) == is_far(ranked[i])};
    if (is_nearer || (is_as_near && filled(i) < filled(*best))) best = i;
  }
  return best;
}

}  // namespace

std::vector<Offer> with_shares(const Spread& settings, const std::vector<OfferFacts>& ranked,
                               Replicas missing) {
  std::vector<Share> shares(ranked.size());
  while (missing > 0_replicas) {
    const auto place = next_place(settings, ranked, shares);
    if (!place) break;
    const Replicas size{std::max(1, ranked[*place].offer.size.replicas.count)};
    ++shares[*place].groups;
    shares[*place].planned += size;
    missing -= size;
  }
  std::vector<Offer> offers{};
  for (std::size_t i{0}; i < ranked.size(); ++i) {
    offers.push_back(ranked[i].offer);
    if (!ranked[i].offer.closed_because) offers.back().quota_left = shares[i].groups;
  }
  for (std::size_t i{0}; i < ranked.size(); ++i) {
    if (ranked[i].offer.closed_because) continue;
    Offer rest{ranked[i].offer};
    if (rest.quota_left) rest.quota_left = *rest.quota_left - shares[i].groups;
    offers.push_back(std::move(rest));
  }
  return offers;
}

}  // namespace spillway::placement
