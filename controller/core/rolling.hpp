// A changed template on its way through the groups that run: a few new ones beside the old, a look
// at how they do, then the old ones leave. Pure arithmetic; scale-out and scale-in go first and
// never wait for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/group.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct RollLimits {
  int max_surge{1};        ///< replicas beyond the wanted count while new ones settle
  int max_unavailable{0};  ///< replicas that may be missing meanwhile: for where nothing more fits
  /// A new replica has to serve for so long before it replaces an old one.
  Duration soak{std::chrono::seconds{30}};
  Duration pause{};  ///< after a batch has settled and before the next one

  bool operator==(const RollLimits&) const = default;
};

/// What a roll does in one tick.
struct RollStep {
  Replicas surge{};        ///< replicas of the current template to create beyond the wanted count
  Replicas spare{};        ///< of the current template and not settled: no scale-in counts them
  Replicas unavailable{};  ///< old replicas to drain and replace before new ones are there

  bool operator==(const RollStep&) const = default;
};

/// True if a group that runs, or is about to, has another template than `current`.
bool has_outdated(const std::vector<Group>& groups, const std::string& current);

/// The next step towards a fleet of the `current` template alone; nothing to do once it is. A new
/// batch begins only when the last one has settled. Old replicas leave by the usual scale-in as
/// soon as settled ones stand in for them, so that the serving count never falls below
/// `wanted - max_unavailable`.
///
/// Example: 3 wanted, 3 old serving, surge 1: create 1 (4 run). It serves for `soak`: 1 of the 4 is
/// beyond the wanted count, and all are settled, so an old one leaves. And so on, twice.
RollStep roll_step(Replicas wanted, const std::vector<Group>& groups, const std::string& current,
                   const RollLimits& limits, TimePoint now);

}  // namespace spillway
