#include "policies/combine/trust.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway {

void describe(Fields& fields, TrustSettings& settings) {
  fields.duration("fallback_after", settings.fallback_after, {.min = std::chrono::seconds{1}},
                  "How long readings may be unusable before the safe level applies.");
  fields.count("fallback_replicas", settings.fallback_replicas, {.max = 1'000'000},
               "The safe level while blind, base and burst together. It can only raise.");
  fields.duration(
      "recovery_hold", settings.recovery_hold, {.max = std::chrono::hours{1}},
      "How long readings must have been back before anything shrinks: as long as they had been "
      "gone, at most this.");
}

namespace {

/// After a short gap a short hold: readings that are missing now and then must not stop scale-in.
bool is_recovering(TimePoint now, const History& past, Duration recovery_hold) {
  if (!past.sighted_since) return false;
  const Duration gone{past.blind_since ? *past.sighted_since - *past.blind_since : recovery_hold};
  return now - *past.sighted_since < std::min(gone, recovery_hold);
}

}  // namespace

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
    const Duration blind_for{past.is_blind() ? now - *past.blind_since : Duration::zero()};
    if (blind_for >= settings.fallback_after) {
      raise_to({settings.fallback_replicas}, Because::fallback,
               fmt::format("blind for {}: the safe level applies", to_string(blind_for)));
    }
  } else if (past.is_blind() || is_recovering(now, past, settings.recovery_hold)) {
    raise_to(current, Because::recovering, "readings have only just come back");
  }
  return outcome;
}

}  // namespace spillway
