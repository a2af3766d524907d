// What to do while a sensor is blind: hold, then go to a safe level that can only raise, and after
// sight returns wait before shrinking, since the first samples after an outage read low: as long as
// it was away, up to a limit.
#pragma once

#include <optional>
#include <vector>

#include "controller/core/decision.hpp"
#include "controller/core/fields.hpp"
#include "controller/core/history.hpp"

namespace spillway {

struct TrustSettings {
  Duration fallback_after{std::chrono::minutes{5}};
  int fallback_replicas{0};  ///< base and burst together; 0 keeps what runs
  Duration recovery_hold{std::chrono::minutes{1}};
};

void describe(Fields& fields, TrustSettings& settings);

struct Trusted {
  Replicas wanted{};
  std::vector<TrailStep> trail{};
};

/// `wanted` as it may be acted on, given how far the readings can be trusted. Never lower than
/// `wanted`, and while blind never lower than `current`.
Trusted distrust(Replicas wanted, Replicas current, bool is_blind, TimePoint now,
                 const History& past, const TrustSettings& settings);

}  // namespace spillway
