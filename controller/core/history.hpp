// What a decision may remember of earlier ticks. A bounded value: it is journalled, restored on
// start and replayed, and `remember` is the only function that advances it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/recommendation.hpp"
#include "controller/core/snapshot.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct Decision;

/// A count at an instant: a recommendation, or a change of the wanted count.
struct CountAt {
  TimePoint at{};
  Replicas count{};

  bool operator==(const CountAt&) const = default;
};

/// The longest look back that any window setting may ask for. One hour is HPA's own limit.
inline constexpr Duration longest_window{std::chrono::hours{1}};

struct History {
  std::optional<CountAt> last{};             ///< the last decision's `desired`
  std::optional<Replicas> last_burst{};      ///< the last decision's `burst`
  std::vector<CountAt> recommendations{};    ///< before stabilization, oldest first
  std::vector<CountAt> changes{};            ///< differences of `desired`, oldest first
  std::optional<TimePoint> blind_since{};    ///< readings became unusable, if that was seen
  std::optional<TimePoint> sighted_since{};  ///< usable again since; empty while blind
  std::map<std::string, KeptMemory, std::less<>> memories{};  ///< by policy name

  /// The last decision could not see.
  bool is_blind() const { return blind_since && !sighted_since; }

  /// What the policy of this name kept; empty on the first tick.
  const KeptMemory& kept(std::string_view policy) const;
  /// ... as numbers.
  Memory memory(std::string_view policy) const { return kept(policy).numbers(); }

  bool operator==(const History&) const = default;
};

/// The history after `decision`. Drops what a look back of `window` can no longer reach.
///
/// It begins with the first decision that was not blind: until then what runs may be unknown, and
/// is no measure for what to shrink to. That first decision's `desired` counts as a recommendation,
/// so that a fleet found grown at a restart keeps its window (HPA's initial recommendation).
History remember(History past, const Decision& decision, Duration window);

}  // namespace spillway
