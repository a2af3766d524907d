#include "policies/baseline/aws_target_tracking.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/core/history.hpp"
#include "policies/baseline/seen_fleet.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

/// The minute being collected, and how many closed ones in a row were beyond each edge.
struct AwsState {
  double count{0.0};
  double minute{-1.0};
  double sampled_at{0.0};  ///< of the last reading taken in: each counts once
  double sum{0.0};
  double samples{0.0};
  double above{0.0};
  double below{0.0};
};

AwsState aws_state_of(const Memory& memory, int found) {
  if (memory.size() < 7) return {.count = static_cast<double>(found)};
  return {static_cast<double>(count_from_memory(memory[0]).count),
          memory[1],
          memory[2],
          memory[3],
          memory[4],
          memory[5],
          memory[6]};
}

Memory memory_of(const AwsState& state) {
  return {state.count,   state.minute, state.sampled_at, state.sum,
          state.samples, state.above,  state.below};
}

/// Closes the minute: its average, which moves both rows.
double close_minute(AwsState& state, const AwsTargetTrackingSettings& settings) {
  const double average{state.sum / state.samples};
  state.above = average > settings.target_utilization ? state.above + 1.0 : 0.0;
  state.below = average < settings.in_below * settings.target_utilization ? state.below + 1.0 : 0.0;
  return average;
}

}  // namespace

void describe(Fields& fields, AwsTargetTrackingSettings& settings) {
  fields.ratio("target_utilization", settings.target_utilization, {.min = 0.05, .max = 1.0},
               "Average utilization to keep.");
  fields.count("datapoints_out", settings.datapoints_out, {.min = 1, .max = 60},
               "Minutes in a row above the target before it grows.");
  fields.count("datapoints_in", settings.datapoints_in, {.min = 1, .max = 60},
               "Minutes in a row below before it shrinks.");
  fields.ratio("in_below", settings.in_below, {.min = 0.1, .max = 1.0},
               "Below means below this share of the target.");
}

Recommendation AwsTargetTracking::recommend(const Snapshot& now, const History& past) const {
  const Memory memory = plausible(past.memory(type));
  const Reading& reading{now.readings[signal::utilization]};
  const auto utilization{reading.fresh_value()};
  const auto fleet{see_fleet(now.fleet)};
  if (!utilization || !fleet) return blind(type, reading, memory);
  AwsState state{aws_state_of(memory, fleet->wanted)};
  const auto sampled{static_cast<double>(reading.sampled_at().time_since_epoch().count())};
  // A window belongs to the minute in which it ends.
  const double minute{static_cast<double>(
      std::chrono::ceil<std::chrono::minutes>(reading.sampled_at()).time_since_epoch().count())};
  if (minute != state.minute) {
    if (state.samples > 0.0 && minute == state.minute + 1.0) {
      const double average{close_minute(state, settings_)};
      const int wanted{std::max(
          fleet->base, whole_replicas(fleet->serving * average / settings_.target_utilization))};
      const bool grows{state.above >= settings_.datapoints_out && wanted > state.count};
      const bool shrinks{state.below >= settings_.datapoints_in && wanted < state.count};
      if (grows || shrinks) state.count = wanted;
    } else {
      state.above = state.below = 0.0;
    }
    state.minute = minute;
    state.sum = state.samples = 0.0;
  }
  if (sampled != state.sampled_at) {
    state.sampled_at = sampled;
    state.sum += *utilization;
    state.samples += 1.0;
  }
  const Replicas floor{static_cast<int>(state.count)};
  return {.policy = std::string{type},
          .floor = floor,
          .because = compared_with(floor, now.fleet),
          .words = fmt::format("AWS: {:g} minutes above the target, {:g} below", state.above,
                               state.below),
          .memory = memory_of(state)};
}

}  // namespace spillway
