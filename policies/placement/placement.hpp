// The placement policies by name, and the order in which the planner may use the offers. To add
// one: its file, a line in the variant, its test. Pure.
#pragma once

#include <variant>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/placement/cheapest.hpp"
#include "policies/placement/fastest.hpp"
#include "policies/placement/offer_facts.hpp"
#include "policies/placement/priority.hpp"
#include "policies/placement/spread.hpp"
#include "policies/placement/weighted.hpp"

namespace spillway::placement {

struct Settings {
  std::variant<Cheapest, Fastest, Weighted, PriorityOrder, Spread> policy{};
  /// Creates may be so few that they must count: then larger groups go first.
  bool prefers_large_when_short{true};

  bool operator==(const Settings&) const = default;
};

void describe(Fields& fields, Settings& settings);

/// Best first. When `missing` replicas want more groups than `create_tokens` allow, offers whose
/// groups are large enough come first, in the order of the policy, and then the others by size: the
/// tokens buy as many replicas as they can.
///
/// Example: 12 replicas missing, 4 creates left: groups of 3 and more before groups of 1 and 2.
std::vector<Offer> rank(const Settings& settings, std::vector<OfferFacts> offers, Replicas missing,
                        int create_tokens);

}  // namespace spillway::placement
