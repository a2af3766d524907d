#include "policies/combine/arbiter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace spillway {
namespace {

/// Ties go to the alphabetically first policy, so that the order in the config does not matter.
const Recommendation* highest_floor(const std::vector<Recommendation>& recommendations) {
  const Recommendation* best{nullptr};
  for (const Recommendation& each : recommendations) {
    if (!each.floor) continue;
    if (!best || *each.floor > *best->floor ||
        (*each.floor == *best->floor && each.policy < best->policy)) {
      best = &each;
    }
  }
  return best;
}

const Recommendation* lowest_ceiling(const std::vector<Recommendation>& recommendations) {
  const Recommendation* best{nullptr};
  for (const Recommendation& each : recommendations) {
    if (!each.ceiling) continue;
    if (!best || *each.ceiling < *best->ceiling ||
        (*each.ceiling == *best->ceiling && each.policy < best->policy)) {
      best = &each;
    }
  }
  return best;
}

const Recommendation* first_hold(const std::vector<Recommendation>& recommendations) {
  const Recommendation* first{nullptr};
  for (const Recommendation& each : recommendations) {
    if (each.is_hold && (!first || each.policy < first->policy)) first = &each;
  }
  return first;
}

/// A script that fails for so long that it does not ask to hold any more.
const Recommendation* first_failed(const std::vector<Recommendation>& recommendations) {
  const Recommendation* first{nullptr};
  for (const Recommendation& each : recommendations) {
    if (each.because == Because::script_failed && (!first || each.policy < first->policy)) {
      first = &each;
    }
  }
  return first;
}

/// Moves the count and leaves the step in the trail.
/// Its words, and whose they are; the latter alone where nobody reads.
std::string named(const Recommendation& recommendation) {
  if (recommendation.words.empty()) return recommendation.policy;
  return recommendation.policy + ": " + recommendation.words;
}

void move_to(Arbitration& outcome, Replicas count, Because because, std::string words) {
  outcome.trail.push_back({.who = "arbiter",
                           .before = outcome.wanted,
                           .after = count,
                           .because = because,
                           .words = std::move(words)});
  outcome.wanted = count;
  outcome.because = because;
}

}  // namespace

void describe(Fields& fields, ArbiterSettings& settings) {
  static constexpr std::array<std::string_view, 2> words{"ceiling_wins", "floor_wins"};
  choose(fields, "conflict", settings.conflict, words,
         "Who wins when a latency policy wants more than a cost policy allows.");
}

Arbitration arbitrate(const std::vector<Recommendation>& recommendations, Replicas current,
                      const ArbiterSettings& settings) {
  Arbitration outcome{.wanted = current};
  constexpr std::size_t usual_steps{4};  // of a whole decision, which goes on with this trail
  outcome.trail.reserve(usual_steps);
  const Recommendation* const floor{highest_floor(recommendations)};
  if (floor) {
    move_to(outcome, *floor->floor, floor->because, named(*floor));
  }
  const Recommendation* blind{first_hold(recommendations)};
  if (!blind && !floor) blind = first_failed(recommendations);
  if (blind) {
    outcome.is_hold = true;
    if (outcome.wanted < current) {
      move_to(outcome, current, blind->because,
              fmt::format("{} cannot see, so nothing shrinks: {}", blind->policy, blind->words));
    } else if (outcome.because == Because::no_opinion) {
      outcome.because = blind->because;
    }
  }
  const Recommendation* ceiling{lowest_ceiling(recommendations)};
  if (ceiling && outcome.wanted > *ceiling->ceiling) {
    const bool ceiling_wins{settings.conflict == Conflict::ceiling_wins};
    move_to(outcome, ceiling_wins ? *ceiling->ceiling : outcome.wanted,
            ceiling_wins ? Because::ceiling_over_floor : Because::floor_over_ceiling,
            fmt::format("{} allows {}; without it: {}", ceiling->policy, ceiling->ceiling->count,
                        outcome.wanted.count));
  }
  return outcome;
}

}  // namespace spillway
