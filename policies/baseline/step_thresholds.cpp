#include "policies/baseline/step_thresholds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/core/history.hpp"
#include "policies/baseline/seen_fleet.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {

void describe(Fields& fields, StepThresholdsSettings& settings) {
  fields.ratio("out_at", settings.out_at, {.min = 0.05, .max = 1.0},
               "It grows above this utilization.");
  fields.ratio("in_below", settings.in_below, {.max = 1.0}, "It shrinks below this utilization.");
  fields.ratio("step_out", settings.step_out, {.min = 0.01, .max = 10.0},
               "Growth by this share of the count, at least one replica.");
  fields.ratio("step_in", settings.step_in, {.min = 0.01, .max = 1.0},
               "Shrinking by this share of the count, at least one replica.");
  fields.duration("evaluation_interval", settings.evaluation_interval,
                  {.min = std::chrono::seconds{1}, .max = longest_window}, "How often it looks.");
  fields.duration("cooldown", settings.cooldown, {.max = longest_window},
                  "After an action nothing happens for so long.");
  fields.require(settings.in_below < settings.out_at, "in_below must be less than out_at");
}

int StepThresholds::stepped(double utilization, int asked, const SeenFleet& fleet) const {
  const int running{fleet.wanted};
  if (utilization > settings_.out_at) {
    return std::max(asked, running + std::max(1, whole_replicas(settings_.step_out * running)));
  }
  // Fewer were asked for, and others keep them for a while: the next step goes on from there.
  const int count{std::min(asked, running)};
  const int left{count - std::max(1, static_cast<int>(settings_.step_in * count))};
  if (utilization >= settings_.in_below || left < std::max(1, fleet.base)) return count;
  return utilization * running / left <= settings_.out_at ? left : count;
}

Recommendation StepThresholds::recommend(const Snapshot& now, const History& past) const {
  const Memory memory = plausible(past.memory(type));
  const Reading& reading{now.readings[signal::utilization]};
  const auto utilization{reading.fresh_value()};
  const auto fleet{see_fleet(now.fleet)};
  if (!utilization || !fleet) return blind(type, reading, memory);
  // count, last evaluation, last action
  Memory state{memory.size() == 3 ? memory
                                  : Memory{static_cast<double>(fleet->wanted), -1e15, -1e15}};
  state[0] = count_from_memory(state[0]).count;
  const auto at{static_cast<double>(now.taken_at.time_since_epoch().count())};
  if (at - state[1] >= static_cast<double>(settings_.evaluation_interval.count()) &&
      at - state[2] >= static_cast<double>(settings_.cooldown.count())) {
    state[1] = at;
    const int asked{static_cast<int>(state[0])};
    const int next{std::min(most_replicas.count, stepped(*utilization, asked, *fleet))};
    if (is_change(next, asked, *fleet)) state[2] = at;
    state[0] = next;
  }
  const Replicas floor{static_cast<int>(state[0])};
  return {.policy = std::string{type},
          .floor = floor,
          .because = compared_with(floor, now.fleet),
          .words = fmt::format("{:.0f} %: out above {:g} %, in below {:g} %", 100.0 * *utilization,
                               100.0 * settings_.out_at, 100.0 * settings_.in_below),
          .memory = std::move(state)};
}

}  // namespace spillway
