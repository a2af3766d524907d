#include "policies/baseline/keda.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "controller/core/telling.hpp"
#include "policies/baseline/seen_fleet.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {

void describe(Fields& fields, KedaSettings& settings) {
  fields.ratio("target_utilization", settings.target_utilization, {.min = 0.05, .max = 1.0},
               "The threshold as a share of replica_capacity.");
  std::optional<double> capacity{settings.replica_capacity_rps};
  fields.rate_per_second("replica_capacity", capacity, {.min = 1e-6},
                         "Requests that one replica completes per second.");
  settings.replica_capacity_rps = capacity.value_or(settings.replica_capacity_rps);
  fields.number("activation_threshold", settings.activation_rps, {.min = 0.0, .max = 1e9},
                "Without a fixed cluster: the load above which the first replica starts.");
  fields.duration("polling_interval", settings.polling_interval,
                  {.min = std::chrono::seconds{1}, .max = longest_window},
                  "How often it looks whether there is any load.");
  fields.duration("cooldown_period", settings.cooldown_period, {.max = longest_window},
                  "Without a fixed cluster: the last replica goes after so long without load.");
  fields.section(
      "fallback",
      [&settings](Fields& inner) {
        inner.count("failure_threshold", settings.fallback.failures, {.max = 1000},
                    "Polls in a row without a load, after which the fallback begins.");
        inner.count("replicas", settings.fallback.replicas, {.max = 100'000},
                    "Replicas of the fallback; 0: none.");
      },
      "What it does without a load.");
  describe(fields, settings.behavior);
}

/// Polled at, active at (milliseconds), failed polls; then that of the HPA.
struct Keda::State {
  static constexpr std::size_t own{3};

  State(const Memory& memory, int found)
      : hpa{memory.size() < own + 3 ? Memory{} : Memory(memory.begin() + own, memory.end()),
            found} {
    if (memory.size() < own + 3) return;
    polled_at = instant_from_memory(memory[0]);
    active_at = instant_from_memory(memory[1]);
    failures = count_from_memory(memory[2]).count;
  }

  Memory memory() const {
    Memory kept{to_memory(polled_at), to_memory(active_at), static_cast<double>(failures)};
    const Memory of_hpa{hpa.memory()};
    kept.insert(kept.end(), of_hpa.begin(), of_hpa.end());
    return kept;
  }

  TimePoint polled_at{};
  TimePoint active_at{};
  int failures{0};
  HpaBehavior hpa;
};

void Keda::poll(State& state, std::optional<double> load_rps, int base, TimePoint now) const {
  if (now - state.polled_at < settings_.polling_interval) return;
  state.polled_at = now;
  state.failures = load_rps ? 0 : state.failures + 1;
  if (!load_rps) {
    const bool falls_back{state.failures > settings_.fallback.failures && state.hpa.count() == 0};
    if (falls_back) state.hpa.set(settings_.fallback.replicas);
    return;
  }
  if (*load_rps > settings_.activation_rps) {
    state.active_at = now;
    if (state.hpa.count() == 0) state.hpa.set(std::max(1, base));
  } else if (base == 0 && now - state.active_at >= settings_.cooldown_period) {
    state.hpa.set(0);
  }
}

void Keda::sync(State& state, double load_rps, int base, TimePoint now) const {
  const int count{state.hpa.count()};
  if (count == 0 || !state.hpa.is_due(now, settings_.behavior)) return;
  const double ratio{load_rps / (threshold_rps() * count)};
  const bool is_near{std::abs(1.0 - ratio) <= settings_.behavior.tolerance};
  state.hpa.follow(is_near ? count : whole_replicas(load_rps / threshold_rps()), base, now,
                   settings_.behavior);
}

Recommendation Keda::recommend(const Snapshot& now, const History& past) const {
  const Memory memory = plausible(past.memory(type));
  const Reading& reading{now.readings[signal::load]};
  auto load_rps{reading.fresh_value()};
  const auto fleet{see_fleet(now.fleet)};
  const bool falls_back{settings_.fallback.replicas > 0};
  if (!fleet || (!load_rps && !falls_back)) return blind(type, reading, memory);
  State state{memory, fleet->wanted};
  poll(state, load_rps, fleet->base, now.taken_at);
  if (!load_rps && state.failures <= settings_.fallback.failures) {
    return blind(type, reading, state.memory());
  }
  const bool is_fallback{!load_rps};
  if (is_fallback) load_rps = threshold_rps() * settings_.fallback.replicas;
  sync(state, *load_rps, fleet->base, now.taken_at);
  const Replicas floor{state.hpa.count()};
  return {.policy = std::string{type},
          .floor = floor,
          .because = is_fallback ? Because::fallback : compared_with(floor, now.fleet),
          .words = is_fallback ? fmt::format("KEDA: {} failed polls", state.failures)
                               : told(now, "KEDA: {:.1f} req/s at a threshold of {:g}", *load_rps,
                                      threshold_rps()),
          .memory = state.memory()};
}

}  // namespace spillway
