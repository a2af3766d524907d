#include "policies/combine/trust.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway {

void describe(Fields& fields, TrustSettings& settings) {
  fields.duration("fallback_after", settings.fallback_after, {.min = std::chrono::seconds{1}},
                  "How long readings may be unusable before the safe level applies.");
  fields.count("fallback_replicas", settings.fallback_replicas, {.max = 1'000'000},
               "The safe level while blind, base and burst together. It can only raise.");
  fields.duration("recovery_hold", settings.recovery_hold, {.max = std::chrono::hours{1}},
                  "How long readings must have been back before anything shrinks.");
}

Trusted distrust(Replicas wanted, Replicas current, bool is_blind, TimePoint now,
                 const History& past, const TrustSettings& settings) {
  Trusted outcome{.wanted = wanted};
  const auto raise_to{[&](Replicas count, Because because, std::string words) {
    if (count <= outcome.wanted) return;
    outcome.trail.push_back({.who = "trust",
                             .before = outcome.wanted,
                             .after = count,
                             .because = because,
                             .words = std::move(words)});
    outcome.wanted = count;
  }};
  if (is_blind) {
    raise_to(current, Because::no_data, "blind: nothing shrinks");
    const Duration blind_for{past.blind_since ? now - *past.blind_since : Duration::zero()};
    if (blind_for >= settings.fallback_after) {
      raise_to({settings.fallback_replicas}, Because::fallback,
               fmt::format("blind for {}: the safe level applies", to_string(blind_for)));
    }
  } else if (past.blind_since ||
             (past.sighted_since && now - *past.sighted_since < settings.recovery_hold)) {
    raise_to(current, Because::recovering, "readings have only just come back");
  }
  return outcome;
}

}  // namespace spillway
