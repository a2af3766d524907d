// A bound on how often the count may turn round: whoever grows, shrinks and grows again within
// minutes pays for starts and gains nothing. When the turns of a period are spent, nothing shrinks
// until the oldest of them is out of the period; growing is always free.
//
//   turn = a change of `desired` against the direction of the change before it
//
// Example: 4 turns in 30 min. +5 -5 +5 -5 are three; one more +5 is the fourth, and the next
// scale-in waits until half an hour after the first turn.
// Source: flapping as Azure Autoscale and the HPA's users know it; a budget rather than a longer
// window, since a workload that behaves is not slowed down by it.
#pragma once

#include <optional>

#include "controller/core/fields.hpp"
#include "controller/core/history.hpp"

namespace spillway {

struct FlapBudgetSettings {
  std::optional<int> turns{};  ///< nothing: no bound
  Duration period{std::chrono::minutes{30}};
};

void describe(Fields& fields, FlapBudgetSettings& settings);

/// Changes of direction among the changes within `period` before `now`.
int turns_within(const History& past, TimePoint now, Duration period);

/// True if a scale-in now would be one turn too many.
bool forbids_scale_in(const History& past, TimePoint now, const FlapBudgetSettings& settings);

}  // namespace spillway
