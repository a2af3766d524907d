// Makes one count out of many recommendations: the highest floor, under the lowest ceiling.
// Who wins when a floor stands above a ceiling is a setting, and a reason in the trail.
//
//   floor   = max of all floors        ceiling = min of all ceilings
//   wanted  = floor, cut to the ceiling (ceiling wins) or not (floor wins)
//   a policy that holds, or nobody asking for anything: not fewer than now
//   a script that has failed for long holds only where nobody gives a floor
//
// Example: floors 12 and 9, ceiling 10: 10 if the ceiling wins, "without it: 12" in the trail.
#pragma once

#include <vector>

#include "controller/core/decision.hpp"
#include "controller/core/fields.hpp"
#include "controller/core/recommendation.hpp"

namespace spillway {

enum class Conflict { ceiling_wins, floor_wins };

struct ArbiterSettings {
  /// Money is capped by default: a floor that wins can cost more than the owner allowed.
  Conflict conflict{Conflict::ceiling_wins};
};

void describe(Fields& fields, ArbiterSettings& settings);

struct Arbitration {
  Replicas wanted{};
  Because because{Because::no_opinion};
  bool is_hold{false};  ///< somebody could not see
  std::vector<TrailStep> trail{};
};

/// `current` is the count wanted until now. Independent of the order of `recommendations`.
Arbitration arbitrate(const std::vector<Recommendation>& recommendations, Replicas current,
                      const ArbiterSettings& settings);

}  // namespace spillway
