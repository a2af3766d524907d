#include "policies/latency/auto/prediction.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

enum class Sorting { alike, by_restlessness, by_level };

struct Expert {
  Forecaster forecaster;
  Sorting sorting;
};

// The first seventeen have one histogram each, the last two one per level.
constexpr std::array<Expert, 19> all_experts{{
    {Forecaster::latest, Sorting::alike},
    {Forecaster::mean_1min, Sorting::alike},
    {Forecaster::max_1min, Sorting::alike},
    {Forecaster::max_5min, Sorting::alike},
    {Forecaster::max_20min, Sorting::alike},
    {Forecaster::trend_45s, Sorting::alike},
    {Forecaster::trend_90s, Sorting::alike},
    {Forecaster::trend_3min, Sorting::alike},
    {Forecaster::same_time_of_day, Sorting::alike},
    {Forecaster::as_5min_ago, Sorting::alike},
    {Forecaster::as_15min_ago, Sorting::alike},
    {Forecaster::same_time_of_hour, Sorting::alike},
    {Forecaster::latest, Sorting::by_restlessness},
    {Forecaster::max_1min, Sorting::by_restlessness},
    {Forecaster::trend_45s, Sorting::by_restlessness},
    {Forecaster::trend_90s, Sorting::by_restlessness},
    {Forecaster::trend_3min, Sorting::by_restlessness},
    {Forecaster::latest, Sorting::by_level},
    {Forecaster::max_5min, Sorting::by_level},
}};

constexpr double prior_weight{3.0};       // slots' worth of belief in the prior shape
constexpr double forget_errors{0.99965};  // half in 2000 slots, 8 hours
constexpr double forget_scores{0.99712};  // half in 240 slots, an hour: regimes change
constexpr double learning_rate{0.25};     // horizons overlap: a slot is told about four times
constexpr double least_weight{0.002};     // nobody is ever out of the race
constexpr double usual_restlessness{0.05};
constexpr double fade_highest{0.99999};  // half in 12 days

std::size_t index(Forecaster which) {
  return static_cast<std::size_t>(which);
}

double scale_of(const Expert& expert, double restlessness) {
  return expert.sorting == Sorting::by_restlessness ? restlessness / usual_restlessness : 1.0;
}

}  // namespace

Prediction::Prediction() : histograms_(histogram_count, ErrorHistogram{prior_weight}) {}

LoadState Prediction::state_at(const LoadHistory& loads, const Forecasts& forecasts,
                               std::size_t from, double offset) const {
  const double newest{loads.at(from)};
  const double before{loads.at(from + 1)};
  // Counting noise of two windows of 15 s: a smaller step is no motion.
  const double noise{std::sqrt((newest + before + 1.0) / slot_seconds)};
  const double step{newest - before};
  const double relative{step / (before + offset)};
  const double level{newest / std::max(highest_, offset)};
  return {.level = static_cast<std::size_t>(level < 0.05  ? 0
                                            : level < 0.2 ? 1
                                            : level < 0.5 ? 2
                                            : level < 0.8 ? 3
                                                          : 4),
          .motion = static_cast<std::size_t>(step < -3.0 * noise  ? 0
                                             : step < 3.0 * noise ? 1
                                             : relative < 0.15    ? 2
                                             : relative < 0.6     ? 3
                                                                  : 4),
          .reference = std::max({loads.mean(from, 2), forecasts[index(Forecaster::max_1min)],
                                 forecasts[index(Forecaster::trend_45s)],
                                 forecasts[index(Forecaster::trend_90s)]})};
}

std::size_t Prediction::histogram_of(std::size_t expert, const LoadState& state) const {
  if (all_experts[expert].sorting != Sorting::by_level) return expert;
  const std::size_t level{state.level <= 1 ? 0U : state.level <= 2 ? 1U : 2U};
  return 17 + (expert - 17) * levels + level;
}

void Prediction::learn(const LoadHistory& loads, std::size_t closed, std::size_t ahead,
                       double offset) {
  const double closed_at_s{(loads.now() - static_cast<double>(closed)) * slot_seconds};
  highest_ = std::max(highest_ * fade_highest, loads.at(closed));
  profiles_.learn(closed_at_s, loads.at(closed));
  const std::size_t origin{closed + ahead};
  if (static_cast<double>(origin) + 2.0 > loads.known()) return;

  double came{0.0};
  for (std::size_t i{closed}; i < origin; ++i) came = std::max(came, loads.smooth(i));
  const Forecasts forecasts{forecast(loads, profiles_, origin, ahead)};
  const LoadState state{state_at(loads, forecasts, origin, offset)};
  const double origin_s{closed_at_s - static_cast<double>(ahead) * slot_seconds};
  const bool was_jump{JumpHazard::is_jump(came, state, offset)};
  jumps_.learn(origin_s, state, came, highest_, offset);
  if (was_jump) return;  // told by the hazard: everyday errors stay narrow

  const double restlessness{loads.restlessness(origin, offset)};
  for (std::size_t e{0}; e < experts; ++e) {
    const double scale{scale_of(all_experts[e], restlessness)};
    const double forecast_e{forecasts[index(all_experts[e].forecaster)]};
    const double error{std::log((came + offset) / (forecast_e + offset)) / scale};
    ErrorHistogram& errors{histograms_[histogram_of(e, state)]};
    const double density{errors.density(error) / scale};
    scores_[e] = scores_[e] * forget_scores + learning_rate * std::log(std::max(density, 1e-4));
    errors.add(error, forget_errors);
  }
}

double Prediction::jump_chance(const LoadHistory& history, std::size_t ahead, double offset) const {
  const Forecasts forecasts{forecast(history, profiles_, 0, ahead)};
  return jumps_.chance(history.now() * slot_seconds, state_at(history, forecasts, 0, offset));
}

std::vector<double> Prediction::tail(const LoadHistory& history, std::size_t ahead, double offset,
                                     std::span<const double> loads) const {
  const Forecasts forecasts{forecast(history, profiles_, 0, ahead)};
  const LoadState state{state_at(history, forecasts, 0, offset)};
  const double restlessness{history.restlessness(0, offset)};
  std::array<double, experts> weights{};
  const double best{*std::ranges::max_element(scores_)};
  double sum{0.0};
  for (std::size_t e{0}; e < experts; ++e) {
    weights[e] = std::exp(scores_[e] - best) + least_weight;
    sum += weights[e];
  }
  std::vector<double> tail(loads.size(), 0.0);
  for (std::size_t e{0}; e < experts; ++e) {
    const double weight{weights[e] / sum};
    const double scale{scale_of(all_experts[e], restlessness)};
    const double centre{forecasts[index(all_experts[e].forecaster)] + offset};
    const ErrorHistogram& errors{histograms_[histogram_of(e, state)]};
    const double per_mass{weight / errors.total()};
    const auto load_at{[&](std::size_t bin) {
      return centre * std::exp(std::clamp(ErrorHistogram::edge(bin) * scale, -20.0, 20.0)) - offset;
    }};
    // Both the loads and the bins rise: one walk through both.
    std::size_t i{0};
    double lower{load_at(0)};
    for (; i < loads.size() && loads[i] < lower; ++i) tail[i] += weight;
    double beyond{errors.total()};
    for (std::size_t bin{0}; bin < ErrorHistogram::bins && i < loads.size(); ++bin) {
      const double upper{load_at(bin + 1)};
      for (; i < loads.size() && loads[i] < upper; ++i) {
        const double share{(loads[i] - lower) / (upper - lower)};
        tail[i] += per_mass * std::max(0.0, beyond - errors.mass(bin) * share);
      }
      beyond -= errors.mass(bin);
      lower = upper;
    }
  }
  const double chance{jumps_.chance(history.now() * slot_seconds, state)};
  for (std::size_t i{0}; i < loads.size(); ++i) {
    tail[i] = (1.0 - chance) * tail[i] + chance * jumps_.reach(loads[i], state, highest_, offset);
  }
  return tail;
}

}  // namespace spillway::autopilot
