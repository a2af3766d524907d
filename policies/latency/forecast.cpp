#include "policies/latency/forecast.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policies/latency/forecast_memory.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

struct LearnedForecast {
  UtilizationLaw rate{};
  ForecastRecord record{};
  SeasonalPeaks peaks;

  LearnedForecast(const Memory& memory, const ForecastSettings& settings)
      : peaks{settings.season, settings.slot, settings.seasons} {
    constexpr std::size_t head{UtilizationLaw::memory_size + ForecastRecord::memory_size};
    if (memory.size() != head + peaks.memory_size()) return;
    const std::span<const double> all{memory};
    rate = UtilizationLaw{all.first(UtilizationLaw::memory_size)};
    record.restore(all.subspan(UtilizationLaw::memory_size, ForecastRecord::memory_size));
    peaks.restore(all.subspan(head));
  }

  Memory kept() const {
    Memory memory{};
    rate.keep(memory);
    record.keep(memory);
    peaks.keep(memory);
    return memory;
  }

  /// By how much earlier seasons rose from the slot of `now` to the highest within `horizon`.
  double rise(TimePoint now, Duration horizon, double level) const {
    const auto here{peaks.quantile(now, level)};
    if (!here) return 0.0;
    double highest{*here};
    for (TimePoint at{now}; at < now + horizon; at += peaks.slot()) {
      if (const auto there{peaks.quantile(at, level)}) highest = std::max(highest, *there);
    }
    if (const auto end{peaks.quantile(now + horizon, level)}) highest = std::max(highest, *end);
    return highest - *here;
  }
};

}  // namespace

void describe(Fields& fields, ForecastSettings& settings) {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  fields.duration("season", settings.season, {.min = hours{1}, .max = hours{24 * 7}},
                  "After which time the load repeats itself: 24h, or 7d.");
  fields.duration("slot", settings.slot, {.min = minutes{1}, .max = hours{6}},
                  "How finely the season is cut.");
  fields.count("seasons", settings.seasons, {.min = 1, .max = 14},
               "How many of the newest seasons count.");
  fields.ratio("quantile", settings.quantile, {.min = 0.05, .max = 1.0},
               "Which of them counts: 50% the median, 100% the highest.");
  fields.duration("lead", settings.lead, {.max = hours{1}},
                  "Added to the measured p95 start time: age of the samples, and one interval.");
  fields.ratio("target_utilization", settings.target_utilization, {.min = 0.05, .max = 1.0},
               "Share of a replica's capacity to fill.");
  fields.rate_per_second("replica_capacity", settings.replica_capacity_rps,
                         {.min = 1e-6, .max = largest_rate_rps},
                         "Requests that one replica completes per second. Left out: learned from "
                         "the signals load and utilization.");
  const auto slots{settings.slot.count() > 0 ? settings.season / settings.slot : 0};
  fields.require(slots >= 2 && settings.season % settings.slot == Duration::zero(),
                 "season must be a multiple of slot");
  fields.require(slots * (settings.seasons + 1) <= Forecast::most_kept,
                 fmt::format("season / slot * (seasons + 1) must not exceed {}: take longer slots "
                             "or fewer seasons",
                             Forecast::most_kept));
}

Forecast::Forecast(Settings settings) : settings_{settings} {}

std::vector<std::string> Forecast::signals() const {
  std::vector<std::string> signals{std::string{signal::load}};
  if (!settings_.replica_capacity_rps) signals.emplace_back(signal::utilization);
  return signals;
}

Recommendation Forecast::recommend(const Snapshot& now, const History& past) const {
  LearnedForecast learned{past.memory(type), settings_};
  const Reading& reading{now.readings[signal::load]};
  const auto measured{reading.fresh_value()};
  if (!measured) {
    Recommendation blind{hold(type, reading)};
    blind.memory = learned.kept();
    return blind;
  }
  const double load_rps{std::clamp(*measured, 0.0, largest_load_rps)};
  const Duration horizon{std::clamp(now.start_times.p95 + settings_.lead, Duration{1},
                                    Duration{settings_.season / 2})};
  const double rise_rps{learned.rise(now.taken_at, horizon, settings_.quantile)};
  const bool is_trusted{learned.record.is_trusted()};
  const double expected_rps{load_rps + (is_trusted ? rise_rps : 0.0)};
  const auto rate{settings_.replica_capacity_rps ? settings_.replica_capacity_rps
                                                 : learned.rate.per_replica()};

  Recommendation asked{.policy = std::string{type}};
  if (rate) {
    asked.floor = replicas_for(expected_rps, settings_.target_utilization * *rate);
    asked.because =
        is_trusted && rise_rps > 0.0 ? Because::forecast : compared_with(*asked.floor, now.fleet);
    asked.words = fmt::format(
        "{:.1f} req/s now, earlier seasons rose by {:.1f} within {}{}: {} replicas of {:.3g} req/s "
        "at {:g} %",
        load_rps, rise_rps, to_string(horizon),
        is_trusted ? "" : " (not trusted: its errors cost more than taking the load as it is)",
        asked.floor->count, *rate, 100.0 * settings_.target_utilization);
  } else if (const auto total{now.fleet.total()}) {
    asked.floor = *total;
    asked.because = Because::learning;
    asked.words = "it is not known yet what a replica can do: what runs is kept";
  } else {
    asked.is_hold = true;
    asked.because = Because::fleet_unknown;
    asked.words = "the fleet could not be listed, and it is not known yet what a replica can do";
  }

  const auto utilization{now.readings[signal::utilization].fresh_value()};
  if (utilization && now.fleet.base && now.fleet.burst) {
    learned.rate.learn(now.taken_at, load_rps, *utilization, serving_replicas(now.fleet));
  }
  learned.record.see(now.taken_at, load_rps, load_rps + rise_rps, horizon, settings_.quantile);
  learned.peaks.see(now.taken_at, load_rps);
  asked.memory = learned.kept();
  return asked;
}

}  // namespace spillway
