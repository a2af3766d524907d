// Slows the count down where it would flap: stabilization windows, rate policies and a tolerance,
// in the words and with the formulas of the Kubernetes HPA's `behavior` block.
//
//   scale-in  uses the highest recommendation of its window, scale-out the lowest of its own
//   rate      out: at most start + value, or start * (1 + percent);  in: the same downwards,
//             where start is the count at the beginning of the period; `select` picks among
//             policies; a percentage allows at least one replica more, so that zero can be left
//   tolerance a change of at most this share of the current count is not worth an action
//
// Example: 10 running, 4 recommended, one of 9 a minute ago, scale-in window 2 min: 9.
// Source: Kubernetes `horizontal.go` (stabilizeRecommendationWithBehaviors, convertDesiredReplicas-
// WithBehaviorRate). Defaults differ where ACI differs from pods; see each setting.
#pragma once

#include <vector>

#include "controller/core/decision.hpp"
#include "controller/core/fields.hpp"
#include "controller/core/history.hpp"
#include "controller/core/snapshot.hpp"
#include "policies/combine/flap_budget.hpp"
#include "policies/combine/projection.hpp"

namespace spillway {

struct RatePolicy {
  enum class Type { replicas, percent };
  Type type{Type::replicas};
  int value{4};
  Duration period{std::chrono::seconds{15}};
};

enum class Select { max, min, disabled };

struct DirectionSettings {
  Duration stabilization_window{};
  bool is_usual_window{true};          ///< nobody has set it
  std::vector<RatePolicy> policies{};  ///< none: as fast as wanted
  Select select{Select::max};          ///< `disabled`: never in this direction
  double tolerance{0.0};
};

struct BehaviorSettings {
  /// HPA limits growth to doubling or +4 per 15 s; here the provider's create quota is the limit.
  DirectionSettings scale_out{};
  /// HPA waits 5 min. ACI bills by the second and a new replica is back within about a minute, so
  /// two minutes of waiting already cost more than most restarts. With a policy that waits by
  /// itself it is 0 (`settings::decision_policy`).
  DirectionSettings scale_in{.stabilization_window = std::chrono::minutes{2}};
  FlapBudgetSettings flap_budget{};
  ProjectionSettings projection{};
};

void describe(Fields& fields, BehaviorSettings& settings);

/// The longest look back that these settings need from the history.
Duration longest_look_back(const BehaviorSettings& settings);

struct Stabilization {
  Replicas desired{};
  std::vector<TrailStep> trail{};
};

/// From the `recommended` count to the one to act on: windows, tolerance, rates, and for a scale-in
/// the flap budget and the projection. `current` is the count wanted until now. A history that has
/// just begun (first tick, or restart) counts `current` as a recommendation of now: shrinking would
/// be a guess.
Stabilization stabilize(Replicas recommended, Replicas current, const Snapshot& now,
                        const History& past, const BehaviorSettings& settings);

}  // namespace spillway
