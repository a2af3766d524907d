#include "policies/latency/auto/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "policies/latency/auto/error_tail.hpp"
#include "policies/latency/auto/whole_part.hpp"

namespace spillway::autopilot {
namespace {

enum class Sorting { alike, by_clock, by_level };

struct Expert {
  Forecaster forecaster;  ///< by_clock: changes with the place
  Sorting sorting;
};

constexpr std::array<Expert, 4> all_experts{{
    {Forecaster::combined, Sorting::alike},
    {Forecaster::max_20min, Sorting::alike},
    {Forecaster::latest, Sorting::by_clock},
    {Forecaster::combined, Sorting::by_level},
}};

/// Experts with the same forecast beside each other.
constexpr std::array<std::size_t, all_experts.size()> by_forecaster{0, 3, 1, 2};

/// Those whose errors are learned, by an expert or by the clock.
constexpr std::array<Forecaster, 7> judged_forecasters{
    Forecaster::combined,  Forecaster::max_20min,  Forecaster::latest,   Forecaster::trend_45s,
    Forecaster::trend_90s, Forecaster::trend_3min, Forecaster::mean_1min};

constexpr std::size_t first_lead{2};      // the slot before is over when its forerunner is read
constexpr double prior_weight{3.0};       // slots' worth of belief in the prior shape
constexpr double forget_errors{0.99965};  // half in 2000 slots, 8 hours
constexpr double forget_scores{0.99712};  // half in 240 slots, an hour: regimes change
constexpr double learning_rate{0.25};     // horizons overlap: a slot is told about four times
constexpr double least_weight{1e-3};      // below, an expert is not asked
constexpr double far_behind{-7.0};        // in score: exp(-7) is below the least weight
constexpr double least_clock_error{0.002};
constexpr double learn_clock{0.1};       // per visit: three quarters of an hour
constexpr double fade_highest{0.99999};  // half in 12 days

std::size_t index(Forecaster which) {
  return static_cast<std::size_t>(which);
}

/// Half of the finest bin of an error.
bool is_alike(double centre, double other) {
  return std::abs(centre - other) <= 0.005 * other;
}

Leads leads_within(std::size_t ahead) {
  return {std::min(first_lead, ahead), ahead};
}

}  // namespace

std::size_t ClockErrors::place_of(double at_s) {
  constexpr double cycle_s{slot_seconds * static_cast<double>(places)};
  const double within{at_s / cycle_s - whole_part(at_s / cycle_s)};
  return static_cast<std::size_t>(std::lround(within * static_cast<double>(places))) % places;
}

ClockErrors::Best ClockErrors::best(double at_s) const {
  const std::size_t place{place_of(at_s)};
  std::size_t best{0};
  double least{errors_[index_of(0, place)]};
  for (std::size_t f{1}; f < forecasters.size(); ++f) {
    const double error{errors_[index_of(f, place)]};
    if (error < least) {
      best = f;
      least = error;
    }
  }
  return {.forecaster = forecasters[best], .scale = least / usual_clock_error};
}

void ClockErrors::learn(double at_s, const std::array<double, forecasters.size()>& errors) {
  const std::size_t place{place_of(at_s)};
  for (std::size_t f{0}; f < forecasters.size(); ++f) {
    const std::size_t i{index_of(f, place)};
    const double before{errors_[i]};
    errors_.set(i, std::max(least_clock_error, before + learn_clock * (errors[f] - before)));
  }
}

Prediction::Prediction() {
  histograms_.fill(ErrorHistogram{prior_weight});
}

LoadState Prediction::state_at(const LoadHistory& loads, const Forecasts& forecasts,
                               std::size_t from, std::size_t leads, double offset) const {
  const double newest{loads.at(from)};
  const double before{loads.at(from + 1)};
  // Counting noise of two windows of 15 s: a smaller step is no motion.
  const double noise{std::sqrt((newest + before + 1.0) / slot_seconds)};
  const double step{newest - before};
  const double relative{step / (before + offset)};
  const double level{newest / std::max(highest_, offset)};
  const auto& farthest{forecasts[leads - 1]};
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
          .reference = std::max({loads.mean(from, 2), farthest[index(Forecaster::max_1min)],
                                 farthest[index(Forecaster::trend_45s)],
                                 farthest[index(Forecaster::trend_90s)]})};
}

Prediction::Voice Prediction::voice_of(std::size_t expert, const LoadState& state,
                                       double at_s) const {
  const Expert& each{all_experts[expert]};
  Voice voice{.forecaster = index(each.forecaster), .scale = 1.0, .histogram = expert};
  switch (each.sorting) {
    case Sorting::alike:
      break;
    case Sorting::by_clock: {
      const auto [forecaster, scale]{clock_.best(at_s)};
      voice.forecaster = index(forecaster);
      voice.scale = std::clamp(scale, 0.02, 50.0);
      break;
    }
    case Sorting::by_level: {
      constexpr std::size_t first{experts - by_level};
      const std::size_t level{state.level <= 1 ? 0U : state.level <= 2 ? 1U : 2U};
      voice.histogram = first + (expert - first) * levels + level;
      break;
    }
  }
  return voice;
}

void Prediction::learn(const LoadHistory& loads, std::size_t closed, std::size_t ahead,
                       double offset) {
  const double closed_at_s{(loads.now() - static_cast<double>(closed)) * slot_seconds};
  highest_ = std::max(highest_ * fade_highest, loads.at(closed));
  profiles_.learn(closed_at_s, loads.at(closed));
  const std::size_t origin{closed + ahead};
  if (static_cast<double>(origin) + 2.0 > loads.known()) return;

  const Leads leads{leads_within(ahead)};
  const double part{1.0 / static_cast<double>(leads.count())};
  const double origin_s{closed_at_s - static_cast<double>(ahead) * slot_seconds};
  Forecasts forecasts{forecast(loads, profiles_, origin, leads)};
  const auto departures{combination_.fill(forecasts, leads.count(), offset)};
  const LoadState state{state_at(loads, forecasts, origin, leads.count(), offset)};

  std::array<double, Leads::most> came{};
  for (std::size_t i{0}; i < leads.count(); ++i) came[i] = loads.smooth(origin - leads[i]);
  jumps_.learn(origin_s, state, std::span{came}.first(leads.count()), highest_, offset);
  // Jumps are told by the hazard: everyday errors stay narrow.
  std::array<std::size_t, Leads::most> calm{};
  std::size_t count{0};
  for (std::size_t i{0}; i < leads.count(); ++i) {
    if (!JumpHazard::is_jump(came[i], state, offset)) calm[count++] = i;
  }
  if (count == 0) return;

  // The logarithm of what came over what was forecast, for each calm lead.
  std::array<double, Leads::most> logs{};
  for (std::size_t c{0}; c < count; ++c) logs[c] = std::log(came[calm[c]] + offset);
  std::array<std::array<double, Leads::most>, forecaster_count> errors{};
  for (const Forecaster each : judged_forecasters) {
    double forecast_before{-1.0};
    double log_before{0.0};
    for (std::size_t c{0}; c < count; ++c) {
      const double forecast{forecasts[calm[c]][index(each)]};
      if (forecast != forecast_before) log_before = std::log(forecast + offset);  // half are alike
      forecast_before = forecast;
      errors[index(each)][c] = logs[c] - log_before;
    }
  }
  std::array<ErrorHistogram::Place, Leads::most> places{};
  Voice before{.forecaster = forecaster_count};
  for (const std::size_t e : by_forecaster) {
    const Voice voice{voice_of(e, state, origin_s)};
    const bool is_as_before{voice.forecaster == before.forecaster && voice.scale == before.scale};
    before = voice;
    ErrorHistogram& past{histograms_[voice.histogram]};
    const double total{past.total()};
    double likelihood{1.0};
    for (std::size_t c{0}; c < count; ++c) {
      if (!is_as_before) {
        places[c] = ErrorHistogram::place(errors[voice.forecaster][c] / voice.scale);
      }
      likelihood *= std::max(past.density(places[c], total) / voice.scale, 1e-4);
    }
    scores_[e] = scores_[e] * forget_scores + learning_rate * part * std::log(likelihood);
    past.forget(forget_errors);
    for (std::size_t c{0}; c < count; ++c) past.add(places[c], part);
  }
  for (std::size_t c{0}; c < count; ++c) {
    const double latest{forecasts[calm[c]][index(Forecaster::latest)]};
    combination_.learn(departures[calm[c]], latest, came[calm[c]], part, offset);
  }
  combination_.update();
  std::array<double, ClockErrors::forecasters.size()> sizes{};
  for (std::size_t f{0}; f < sizes.size(); ++f) {
    const auto& each{errors[index(ClockErrors::forecasters[f])]};
    for (std::size_t c{0}; c < count; ++c) sizes[f] += std::abs(each[c]);
    sizes[f] /= static_cast<double>(count);
  }
  clock_.learn(origin_s, sizes);
}

Outlook Prediction::outlook(const LoadHistory& history, std::size_t ahead, double offset,
                            std::span<const double> loads) const {
  const Leads leads{leads_within(ahead)};
  Forecasts forecasts{forecast(history, profiles_, 0, leads)};
  combination_.fill(forecasts, leads.count(), offset);
  const LoadState state{state_at(history, forecasts, 0, leads.count(), offset)};
  const double now_s{history.now() * slot_seconds};
  std::array<double, experts> weights{};
  const double best{*std::ranges::max_element(scores_)};
  double sum{0.0};
  for (std::size_t e{0}; e < experts; ++e) {
    const double behind{scores_[e] - best};
    if (behind < far_behind) continue;  // surely below the least weight
    weights[e] = behind == 0.0 ? 1.0 : std::exp(behind);
    if (weights[e] < least_weight) weights[e] = 0.0;
    sum += weights[e];
  }
  const double chance{jumps_.chance(now_s, state)};
  const double each_lead{(1.0 - chance) / (sum * static_cast<double>(leads.count()))};
  // Experts with the same forecast are told together.
  struct Told {
    Voice voice{};
    ErrorHistogram errors{};
    double weight{0.0};
  };
  std::array<Told, experts> told{};
  std::size_t count{0};
  for (std::size_t e{0}; e < experts; ++e) {
    if (weights[e] == 0.0) continue;
    const Voice voice{voice_of(e, state, now_s)};
    const auto found{std::find_if(told.begin(), told.begin() + count, [&voice](const Told& each) {
      return each.voice.forecaster == voice.forecaster && each.voice.scale == voice.scale;
    })};
    if (found == told.begin() + count) told[count++].voice = voice;
    found->errors.mix(histograms_[voice.histogram], weights[e]);
    found->weight += weights[e];
  }
  std::vector<double> tail(loads.size(), 0.0);
  if (loads.empty()) return {.tail = std::move(tail), .jump_chance = chance};
  for (const Told& each : std::span{told}.first(count)) {
    std::array<double, Leads::most> centres{};
    for (std::size_t lead{0}; lead < leads.count(); ++lead) {
      centres[lead] = forecasts[lead][each.voice.forecaster] + offset;
    }
    const auto [lowest, highest]{std::ranges::minmax(std::span{centres}.first(leads.count()))};
    const ErrorTail errors{each.errors,
                           each.voice.scale,
                           {.lowest = (loads.front() + offset) / highest,
                            .highest = (loads.back() + offset) / lowest}};
    // ... and so are leads.
    double together{0.0};
    for (std::size_t lead{0}; lead < leads.count(); ++lead) {
      together += each.weight * each_lead;
      const bool is_last{lead + 1 == leads.count()};
      if (!is_last && is_alike(centres[lead + 1], centres[lead])) continue;
      errors.add(loads, tail, centres[lead], offset, together);
      together = 0.0;
    }
  }
  jumps_.add_reach(loads, tail, state, highest_, offset, chance);
  return {.tail = std::move(tail), .jump_chance = chance};
}

}  // namespace spillway::autopilot
