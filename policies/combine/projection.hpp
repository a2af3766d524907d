// Looks before it leaps: would the replicas that stay be saturated at once? Then the scale-in is
// made smaller, or not at all.
//
//   after(n) = utilization * serving / n          in at n only if after(n) < stay_below
//   fewest   = floor(utilization * serving / stay_below) + 1
//
// Example: 10 serving at 60 %, 6 wanted, stay_below 85 %: six would run at 100 %; eight run at 75
// %, and so eight stay. Source: Azure Autoscale's projection ("flapping" in its documentation): it
// estimates the metric after a scale-in and skips the step if a scale-out rule would fire at once.
#pragma once

#include <optional>
#include <string>

#include "controller/core/fields.hpp"
#include "controller/core/snapshot.hpp"

namespace spillway {

struct ProjectionSettings {
  bool is_enabled{false};
  double stay_below{0.85};
  std::string signal{signal::utilization};
};

void describe(Fields& fields, ProjectionSettings& settings);

struct Projected {
  Replicas fewest{};    ///< to which a scale-in may go; not above the current count
  std::string words{};  ///< why
};

/// How far a scale-in from `current` may go. A reading or fleet that is unknown allows none.
/// Nothing if it is not enabled.
std::optional<Projected> project_scale_in(Replicas current, const Snapshot& now,
                                          const ProjectionSettings& settings);

}  // namespace spillway
