#include "policies/latency/queue_backlog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

constexpr double learning_time_s{3600.0};
/// Two readings further apart say nothing about what happened between them.
constexpr double longest_gap_s{300.0};

struct LearnedBacklog {
  double jobs{0.0};      ///< completed, discounted
  double workers{0.0};   ///< worker seconds, discounted
  double backlog{-1.0};  ///< at the last tick; negative: unknown
  double at_ms{0.0};

  explicit LearnedBacklog(const Memory& memory) {
    if (memory.size() != 4 || !all_finite(memory) || memory[0] < 0.0 || memory[1] < 0.0) return;
    jobs = memory[0];
    workers = memory[1];
    backlog = memory[2];
    at_ms = memory[3];
  }

  Memory kept() const { return {jobs, workers, backlog, at_ms}; }

  std::optional<double> rate() const {
    if (!(workers > 0.0) || !(jobs > 0.0)) return std::nullopt;
    const double each{jobs / workers};
    if (each < smallest_rate_rps || each > largest_rate_rps) return std::nullopt;
    return each;
  }

  void see(TimePoint now, double queue, double arrivals, Replicas serving) {
    const double now_ms{to_memory(now)};
    const double step_s{(now_ms - at_ms) / 1000.0};
    const bool was_busy{backlog > 0.0 && queue > 0.0 && serving > 0_replicas};
    if (was_busy && step_s > 0.0 && step_s <= longest_gap_s) {
      const double done{arrivals * step_s - (queue - backlog)};
      const double kept{std::exp(-step_s / learning_time_s)};
      if (done >= 0.0) {
        jobs = kept * jobs + done;
        workers = kept * workers + serving.count * step_s;
      }
    }
    backlog = queue;
    at_ms = now_ms;
  }
};

}  // namespace

void describe(Fields& fields, QueueBacklogSettings& settings) {
  fields.duration("drain_time", settings.drain_time,
                  {.min = std::chrono::seconds{1}, .max = std::chrono::hours{24}},
                  "Within this the backlog of now shall be worked off.");
  fields.rate_per_second("replica_capacity", settings.replica_capacity_rps,
                         {.min = 1e-6, .max = largest_rate_rps},
                         "Jobs that one worker completes per second. Left out: learned from the "
                         "signals queue and load.");
  fields.text("signal", settings.signal, {.max_length = 64},
              "The signal to read: the number of jobs that wait.");
}

QueueBacklog::QueueBacklog(Settings settings) : settings_{std::move(settings)} {}

Recommendation QueueBacklog::recommend(const Snapshot& now, const History& past) const {
  LearnedBacklog learned{past.memory(type)};
  const Reading& reading{now.readings[settings_.signal]};
  const auto measured{reading.fresh_value()};
  if (!measured) {
    Recommendation blind{hold(type, reading)};
    learned.backlog = -1.0;
    blind.memory = learned.kept();
    return blind;
  }
  const double queue{std::clamp(*measured, 0.0, largest_load_rps)};
  const bool is_fleet_known{now.fleet.base && now.fleet.burst};
  const Replicas serving{is_fleet_known ? serving_replicas(now.fleet) : 0_replicas};
  const auto load{now.readings[signal::load].fresh_value()};
  const auto rate{settings_.replica_capacity_rps ? settings_.replica_capacity_rps : learned.rate()};

  Recommendation asked{.policy = std::string{type}};
  if (rate) {
    const double busy_rps{queue > 0.0 ? *rate * serving.count : 0.0};
    const double arrivals{std::clamp(load.value_or(busy_rps), 0.0, largest_load_rps)};
    const Replicas need{replicas_for(arrivals + queue / seconds(settings_.drain_time), *rate)};
    asked.floor = std::max(need, queue > 0.0 ? 1_replicas : 0_replicas);
    asked.because = queue > 0.0 ? Because::backlog : compared_with(*asked.floor, now.fleet);
    asked.words = fmt::format(
        "{:.0f} waiting and {:.3g} arriving per second need {} workers of "
        "{:.3g} per second to be done within {}",
        queue, arrivals, asked.floor->count, *rate, to_string(settings_.drain_time));
  } else if (queue > 0.0) {
    asked.floor = 1_replicas;
    if (is_fleet_known) asked.floor = std::max(*now.fleet.total(), serving + 1_replicas);
    asked.is_hold = !is_fleet_known;
    asked.because = Because::learning;
    asked.words = fmt::format("{:.0f} waiting; still learning what a worker can do", queue);
  } else {
    asked.floor = load.value_or(0.0) > 0.0 ? 1_replicas : 0_replicas;
    asked.because = Because::load_within_target;
    asked.words = "nothing waits";
  }
  if (load && is_fleet_known) {
    learned.see(now.taken_at, queue, std::clamp(*load, 0.0, largest_load_rps), serving);
  }
  asked.memory = learned.kept();
  return asked;
}

}  // namespace spillway
