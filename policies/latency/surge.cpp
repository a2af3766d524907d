#include "policies/latency/surge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

struct Slice {
  double begin_ms{0.0};
  double sum{0.0};
  double samples{0.0};
};

struct Windows {
  double surged_at_ms{-1.0};  ///< negative: calm
  double highest{0.0};        ///< floor of this surge so far
  std::vector<Slice> slices{};

  explicit Windows(const Memory& memory) {
    constexpr std::size_t head{2};
    if (memory.size() < head || (memory.size() - head) % 3 != 0 || !all_finite(memory)) return;
    if (memory.size() > head + 3 * (Surge::slices + 1)) return;
    surged_at_ms = memory[0];
    highest = std::clamp(memory[1], 0.0, 1e6);
    for (std::size_t i{head}; i < memory.size(); i += 3) {
      if (memory[i + 1] < 0.0 || memory[i + 2] < 1.0) continue;
      slices.push_back({memory[i], memory[i + 1], memory[i + 2]});
    }
  }

  Memory kept() const {
    Memory memory{surged_at_ms, highest};
    memory.reserve(2 + 3 * slices.size());
    for (const Slice& slice : slices) {
      memory.insert(memory.end(), {slice.begin_ms, slice.sum, slice.samples});
    }
    return memory;
  }

  void add(double now_ms, double demand, double window_ms) {
    std::erase_if(slices, [&](const Slice& slice) {
      return slice.begin_ms <= now_ms - window_ms || slice.begin_ms > now_ms;
    });
    const double begin_ms{now_ms - std::fmod(now_ms, window_ms / Surge::slices)};
    if (slices.empty() || slices.back().begin_ms < begin_ms) slices.push_back({begin_ms, 0.0, 0.0});
    slices.back().sum += demand;
    slices.back().samples += 1.0;
  }

  /// Over the slices that began within `window_ms`; the newest one always counts.
  double mean(double now_ms, double window_ms) const {
    double sum{slices.back().sum};
    double samples{slices.back().samples};
    for (std::size_t i{0}; i + 1 < slices.size(); ++i) {
      if (slices[i].begin_ms <= now_ms - window_ms) continue;
      sum += slices[i].sum;
      samples += slices[i].samples;
    }
    return sum / samples;
  }
};

}  // namespace

void describe(Fields& fields, SurgeSettings& settings) {
  fields.duration("long_window", settings.long_window,
                  {.min = std::chrono::seconds{10}, .max = longest_window},
                  "What counts as usual is the mean of this.");
  fields.duration("short_window", settings.short_window,
                  {.min = std::chrono::seconds{1}, .max = longest_window},
                  "What counts as now is the mean of this; at least the newest sample.");
  fields.number("enter_at", settings.enter_at, {.min = 1.05, .max = 100.0},
                "A surge begins when the short mean is this many times the long one.");
  fields.ratio("target_utilization", settings.target_utilization, {.min = 0.05, .max = 1.0},
               "Share of a replica's capacity to fill.");
  fields.rate_per_second("replica_capacity", settings.replica_capacity_rps,
                         {.min = 1e-6, .max = largest_rate_rps},
                         "Requests that one replica completes per second. Without it the policy "
                         "reads the utilization signal instead of the load.");
  fields.require(settings.short_window < settings.long_window,
                 "short_window must be shorter than long_window");
}

Surge::Surge(Settings settings) : settings_{settings} {}

std::vector<std::string> Surge::signals() const {
  return {std::string{settings_.replica_capacity_rps ? signal::load : signal::utilization}};
}

Recommendation Surge::recommend(const Snapshot& now, const History& past) const {
  Windows windows{past.memory(type)};
  const Reading& reading{now.readings[signals().front()]};
  const auto value{reading.fresh_value()};
  const bool is_by_load{settings_.replica_capacity_rps.has_value()};
  const bool is_fleet_known{now.fleet.base && now.fleet.burst};
  if (!value || (!is_by_load && !is_fleet_known)) {
    Recommendation blind{hold(type, reading)};
    if (value) {
      blind.because = Because::fleet_unknown;
      blind.words = "the number of serving replicas is unknown";
    }
    blind.memory = windows.kept();
    return blind;
  }
  const double exact{is_by_load ? *value / *settings_.replica_capacity_rps
                                : *value * serving_replicas(now.fleet).count};
  const double demand{std::clamp(exact, 0.0, static_cast<double>(most_replicas.count))};

  const double now_ms{to_memory(now.taken_at)};
  const double long_ms{1000.0 * seconds(settings_.long_window)};
  windows.add(now_ms, demand, long_ms);
  const double usual{windows.mean(now_ms, long_ms)};
  const double recent{windows.mean(now_ms, 1000.0 * seconds(settings_.short_window))};

  const bool is_rising{recent >= settings_.enter_at * usual && recent >= 1.0};
  const bool was_surging{windows.surged_at_ms >= 0.0 && windows.surged_at_ms <= now_ms &&
                         now_ms - windows.surged_at_ms < long_ms};
  if (is_rising) windows.surged_at_ms = now_ms;
  const bool is_surging{is_rising || was_surging};
  if (!is_surging) windows.surged_at_ms = -1.0;

  const Replicas calm{replicas_for(usual, settings_.target_utilization)};
  const Replicas steep{replicas_for(std::max(recent, demand), settings_.target_utilization)};
  const Replicas before{was_surging ? count_from_memory(windows.highest) : 0_replicas};
  const Replicas floor{is_surging ? std::max({calm, steep, before}) : calm};
  windows.highest = is_surging ? floor.count : 0.0;
  return {.policy = std::string{type},
          .floor = floor,
          .because = is_surging ? Because::surge : compared_with(floor, now.fleet),
          .words = fmt::format("demand of {:.1f} busy replicas, {:.1f} over {}: {}, {} replicas",
                               recent, usual, to_string(settings_.long_window),
                               is_surging ? "a surge" : "no surge", floor.count),
          .memory = windows.kept()};
}

}  // namespace spillway
