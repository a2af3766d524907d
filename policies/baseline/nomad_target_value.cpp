#include "policies/baseline/nomad_target_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/core/history.hpp"
#include "policies/baseline/seen_fleet.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

/// count, last evaluation, last action (milliseconds).
struct NomadState {
  int count;
  double evaluated_at;
  double acted_at;
};

NomadState nomad_state_of(const Memory& memory, int found) {
  if (memory.size() < 3) return {found, -1e15, -1e15};
  return {count_from_memory(memory[0]).count, memory[1], memory[2]};
}

}  // namespace

void describe(Fields& fields, NomadTargetValueSettings& settings) {
  fields.ratio("target_utilization", settings.target_utilization, {.min = 0.05, .max = 1.0},
               "Average utilization to keep.");
  fields.duration("evaluation_interval", settings.evaluation_interval,
                  {.min = std::chrono::seconds{1}, .max = longest_window}, "How often it looks.");
  fields.duration("cooldown", settings.cooldown, {.max = longest_window},
                  "After an action nothing happens for so long.");
  fields.ratio("threshold", settings.threshold, {.max = 1.0},
               "Ratios this close to 1 change nothing.");
}

int NomadTargetValue::proposed(double utilization, int asked, const SeenFleet& fleet) const {
  const double factor{utilization / settings_.target_utilization};
  if (std::abs(1.0 - factor) <= settings_.threshold) return fleet.wanted;
  const int count{whole_replicas(fleet.wanted > 0 ? fleet.wanted * factor : factor)};
  return std::max({fleet.base, count, factor > 1.0 ? asked : 0});
}

Recommendation NomadTargetValue::recommend(const Snapshot& now, const History& past) const {
  const Memory memory = plausible(past.memory(type));
  const Reading& reading{now.readings[signal::utilization]};
  const auto utilization{reading.fresh_value()};
  const auto fleet{see_fleet(now.fleet)};
  if (!utilization || !fleet) return blind(type, reading, memory);
  NomadState state{nomad_state_of(memory, fleet->wanted)};
  const auto at{static_cast<double>(now.taken_at.time_since_epoch().count())};
  const bool is_due{at - state.evaluated_at >=
                        static_cast<double>(settings_.evaluation_interval.count()) &&
                    at - state.acted_at >= static_cast<double>(settings_.cooldown.count())};
  if (is_due) {
    state.evaluated_at = at;
    const int next{proposed(*utilization, state.count, *fleet)};
    if (is_change(next, state.count, *fleet)) state.acted_at = at;
    state.count = next;
  }
  const Replicas floor{state.count};
  return {.policy = std::string{type},
          .floor = floor,
          .because = compared_with(floor, now.fleet),
          .words = fmt::format("Nomad: {:.0f} % for a target of {:g} %", 100.0 * *utilization,
                               100.0 * settings_.target_utilization),
          .memory = {static_cast<double>(state.count), state.evaluated_at, state.acted_at}};
}

}  // namespace spillway
