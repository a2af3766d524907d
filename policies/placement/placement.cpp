#include "policies/placement/placement.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "policies/placement/spread_shares.hpp"

namespace spillway::placement {

namespace {

/// Replicas that each group must bring for the tokens to do; 1 if they do anyway.
int needed_size(Replicas missing, int create_tokens) {
  if (missing.count <= 0 || create_tokens <= 0) return 1;
  return (missing.count + create_tokens - 1) / create_tokens;
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  one_of(fields, settings.policy, "Which offer is best.");
  fields.flag("prefers_large_when_short", settings.prefers_large_when_short,
              "Use fewer and larger groups while Azure's create rate is nearly used up.");
}

std::vector<Offer> rank(const Settings& settings, std::vector<OfferFacts> offers, Replicas missing,
                        int create_tokens) {
  std::vector<OfferFacts> ranked = std::visit(
      [&](const auto& policy) { return rank(policy, std::move(offers)); }, settings.policy);
  const int needed{needed_size(missing, create_tokens)};
  if (settings.prefers_large_when_short && needed > 1) {
    const auto is_large = [&](const OfferFacts& each) {
      return each.offer.size.replicas.count >= needed;
    };
    const auto small = std::stable_partition(ranked.begin(), ranked.end(), is_large);
    std::stable_sort(small, ranked.end(), [](const OfferFacts& a, const OfferFacts& b) {
      return a.offer.size.replicas > b.offer.size.replicas;
    });
  }
  const auto* const spread = std::get_if<Spread>(&settings.policy);
  if (spread != nullptr && missing > 0_replicas) return with_shares(*spread, ranked, missing);
  return offers_of(std::move(ranked));
}

}  // namespace spillway::placement
