#include "policies/latency/slo_latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "policies/erlang.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"
#include "policies/utilization_law.hpp"

namespace spillway {
namespace {

/// Filled to this while the rate is not known: HPA's usual target.
constexpr double cautious_utilization{0.7};

/// What was learned, as it lies in the memory.
struct LearnedLatency {
  UtilizationLaw rate{};
  double optimism{1.0};    ///< the rate counts this much less
  double best_p95_s{0.0};  ///< 0: never measured
  double best_load{0.0};   ///< highest load per replica that kept the p95 low
  double at_ms{0.0};

  static constexpr std::size_t size{UtilizationLaw::memory_size + 4};

  explicit LearnedLatency(const Memory& memory) {
    if (memory.size() != size || !all_finite(memory)) return;
    const std::span<const double> all{memory};
    rate = UtilizationLaw{all.first(UtilizationLaw::memory_size)};
    const auto rest{all.subspan(UtilizationLaw::memory_size)};
    optimism = std::clamp(rest[0], 1.0, 2.0);
    best_p95_s = std::max(0.0, rest[1]);
    best_load = std::max(0.0, rest[2]);
    at_ms = rest[3];
  }

  Memory kept() const {
    Memory memory{};
    rate.keep(memory);
    memory.insert(memory.end(), {optimism, best_p95_s, best_load, at_ms});
    return memory;
  }

  /// Seconds since the last tick, bounded: a gap teaches no more than a minute does.
  double step_s(TimePoint now) const {
    if (at_ms <= 0.0) return 0.0;
    return std::clamp((to_memory(now) - at_ms) / 1000.0, 0.0, 60.0);
  }

  void see_latency(double p95_s, double load_per_replica, double step_s) {
    if (p95_s <= 0.0) return;
    // Forgets 5 % an hour, so that a release that became slower is believed in the end.
    const double forget{0.05 * step_s / 3600.0};
    const bool is_lowest{best_p95_s <= 0.0 || p95_s < best_p95_s};
    best_p95_s = is_lowest ? p95_s : best_p95_s * (1.0 + forget);
    best_load *= 1.0 - forget;
    if (p95_s <= 2.0 * best_p95_s) best_load = std::max(best_load, load_per_replica);
  }

  std::optional<double> rate_by_latency() const {
    if (best_p95_s <= 0.0) return std::nullopt;
    const double rate_rps{std::max(std::log(20.0) / best_p95_s, best_load)};
    if (rate_rps < smallest_rate_rps || rate_rps > largest_rate_rps) return std::nullopt;
    return rate_rps;
  }

  void see_lateness(bool is_late, double step_s) {
    const double factor{std::pow(1.02, is_late ? step_s / 15.0 : -step_s / 150.0)};
    optimism = std::clamp(optimism * factor, 1.0, 2.0);
  }
};

}  // namespace

void describe(Fields& fields, SloLatencySettings& settings) {
  static constexpr std::array<std::string_view, 2> sources{"utilization", "latency"};
  fields.duration("wait", settings.wait,
                  {.min = std::chrono::milliseconds{1}, .max = std::chrono::minutes{10}},
                  "How long a request may wait before a replica takes it up; the time of the "
                  "request itself comes on top.");
  fields.ratio("within", settings.within, {.min = 0.5, .max = 0.9999},
               "Share of the requests that must not wait longer.");
  fields.rate_per_second("replica_capacity", settings.replica_capacity_rps,
                         {.min = 1e-6, .max = largest_rate_rps},
                         "Requests that one replica completes per second. Left out: learned.");
  choose(fields, "learn_from", settings.learn_from, sources,
         "What teaches the capacity: the signal `utilization`, or `latency_p95` where nothing "
         "measures utilization.");
}

SloLatency::SloLatency(Settings settings) : settings_{settings} {}

std::vector<std::string> SloLatency::signals() const {
  std::vector<std::string> signals{std::string{signal::load}};
  if (!settings_.replica_capacity_rps) {
    signals.emplace_back(settings_.learn_from == LearnFrom::latency ? signal::latency_p95
                                                                    : signal::utilization);
  }
  return signals;
}

Recommendation SloLatency::recommend(const Snapshot& now, const History& past) const {
  LearnedLatency learned{past.memory(type)};
  const bool is_by_latency{settings_.learn_from == LearnFrom::latency};
  const auto learned_rate{is_by_latency ? learned.rate_by_latency() : learned.rate.per_replica()};
  const auto rate{settings_.replica_capacity_rps ? settings_.replica_capacity_rps : learned_rate};

  const Reading& reading{now.readings[signal::load]};
  const auto load{reading.fresh_value()};
  if (!load) {
    Recommendation blind{hold(type, reading)};
    blind.memory = learned.kept();
    return blind;
  }
  const bool is_fleet_known{now.fleet.base && now.fleet.burst};
  const Replicas serving{is_fleet_known ? serving_replicas(now.fleet) : 0_replicas};
  const auto utilization{now.readings[signal::utilization].fresh_value()};

  Recommendation asked{.policy = std::string{type}};
  if (rate) {
    const double usable_rps{*rate / learned.optimism};
    asked.floor = servers_for(*load, usable_rps, seconds(settings_.wait), 1.0 - settings_.within);
    asked.because = compared_with(*asked.floor, now.fleet);
    asked.words = fmt::format(
        "{:.1f} req/s on replicas of {:.3g} req/s{}: {} keep {:g} % of the "
        "waits within {}",
        *load, usable_rps, settings_.replica_capacity_rps ? "" : " (learned)", asked.floor->count,
        100.0 * settings_.within, to_string(settings_.wait));
  } else if (is_fleet_known && utilization && !is_by_latency) {
    asked.floor = replicas_for(*utilization * serving.count, cautious_utilization);
    asked.because = compared_with(*asked.floor, now.fleet);
    asked.words =
        fmt::format("still learning what a replica can do: {} at {:.0f} % need {} at 70 %",
                    serving.count, 100.0 * *utilization, asked.floor->count);
  } else if (is_fleet_known) {
    asked.floor = *now.fleet.total();
    asked.because = Because::learning;
    asked.words = "it is not known yet what a replica can do: what runs is kept";
  } else {
    asked.is_hold = true;
    asked.because = Because::fleet_unknown;
    asked.words = "the fleet could not be listed, and it is not known yet what a replica can do";
  }

  // The next tick knows what this one saw.
  const double step_s{learned.step_s(now.taken_at)};
  if (is_fleet_known && serving > 0_replicas) {
    if (utilization) learned.rate.learn(now.taken_at, *load, *utilization, serving);
    if (const auto p95_s{now.readings[signal::latency_p95].fresh_value()}) {
      learned.see_latency(*p95_s, std::clamp(*load, 0.0, largest_load_rps) / serving.count, step_s);
    }
    if (const auto late{now.readings[signal::late].fresh_value()}) {
      const bool has_enough{asked.floor && serving >= *asked.floor};
      learned.see_lateness(*late > 1.0 - settings_.within && has_enough, step_s);
    }
  }
  learned.at_ms = to_memory(now.taken_at);
  asked.memory = learned.kept();
  return asked;
}

}  // namespace spillway
