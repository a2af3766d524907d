#include "policies/combine/flap_budget.hpp"

namespace spillway {

void describe(Fields& fields, FlapBudgetSettings& settings) {
  fields.optional_count(
      "turns", settings.turns, {.min = 1, .max = 1000},
      "How often the count may change its direction within `period`; then nothing "
      "shrinks for a while. Left out: any number of times.");
  fields.duration("period", settings.period,
                  {.min = std::chrono::minutes{1}, .max = longest_window},
                  "How long a turn counts.");
}

int turns_within(const History& past, TimePoint now, Duration period) {
  int turns{0};
  const CountAt* before{nullptr};
  for (const CountAt& change : past.changes) {
    if (change.at <= now - period) continue;
    if (before != nullptr && (before->count > 0_replicas) != (change.count > 0_replicas)) ++turns;
    before = &change;
  }
  return turns;
}

bool forbids_scale_in(const History& past, TimePoint now, const FlapBudgetSettings& settings) {
  if (!settings.turns || past.changes.empty()) return false;
  const CountAt& last{past.changes.back()};
  // Going on in the same direction is no turn.
  if (last.count < 0_replicas || last.at <= now - settings.period) return false;
  return turns_within(past, now, settings.period) >= *settings.turns;
}

}  // namespace spillway
