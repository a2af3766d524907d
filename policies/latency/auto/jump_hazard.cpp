#include "policies/latency/auto/jump_hazard.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {
namespace {

/// A cycle of the clock and its share of the bins.
struct Cycle {
  double period_s;
  std::size_t bins;
  std::size_t first;
};
constexpr std::array<Cycle, 4> cycles{{
    {300.0, 20, 0},       // scrapes, caches and aggregations: every five minutes
    {1'800.0, 60, 20},    // programmes and batches
    {3'600.0, 60, 80},    // cron's favourite
    {86'400.0, 48, 140},  // people
}};

constexpr double prior_jumps{0.5};        // pulls a place without evidence to the overall rate
constexpr double forget_rates{0.999885};  // half in a day of slots
constexpr double forget_sizes{0.9885};    // half in 60 jumps: sizes change, and come in eras
constexpr double forget_scores{0.99977};  // half in half a day
constexpr double forget_place{0.95};      // per visit of a place on the clock
constexpr double learning_rate{0.5};      // overlapping horizons tell the same jump several times
constexpr double neighbour{0.5};          // weight of the bins beside: clocks and batches drift

std::size_t bin_of(const Cycle& cycle, double at_s) {
  const double within{at_s / cycle.period_s - std::floor(at_s / cycle.period_s)};
  const auto bin{static_cast<std::size_t>(within * static_cast<double>(cycle.bins))};
  return std::min(bin, cycle.bins - 1);
}

std::size_t index_of(const LoadState& state) {
  return std::min<std::size_t>(state.motion, 4) * 5 + std::min<std::size_t>(state.level, 4);
}

/// Sizes are told apart by motion: still or falling, rising, leaping.
std::size_t size_class(const LoadState& state) {
  return state.motion <= 1 ? 0 : state.motion <= 3 ? 1 : 2;
}

double factor(double jumps, double expected) {
  return (jumps + prior_jumps) / (expected + prior_jumps);
}

double size_of(double came, const LoadState& state, double offset) {
  return std::log((came + offset) / (state.reference + offset));
}

}  // namespace

JumpHazard::JumpHazard()
    : by_motion_{ErrorHistogram{0.5}, ErrorHistogram{0.5}, ErrorHistogram{0.5}},
      against_highest_{0.1} {}

bool JumpHazard::is_jump(double came, const LoadState& state, double offset) {
  return size_of(came, state, offset) > jump_threshold;
}

std::array<double, JumpHazard::models> JumpHazard::model_chances(double at_s,
                                                                 const LoadState& state) const {
  constexpr double most{0.98};
  std::array<double, models> chances{};
  const std::size_t s{index_of(state)};
  chances[0] = std::min(most, jumps_ / chances_);
  chances[1] = std::min(most, chances[0] * factor(state_jumps_[s], state_expected_[s]));
  for (std::size_t c{0}; c < cycles.size(); ++c) {
    const std::size_t bin{cycles[c].first + bin_of(cycles[c], at_s)};
    const double odds{chances[1] / (1.0 - chances[1]) *
                      factor(clock_jumps_[bin], clock_expected_[bin])};
    chances[2 + c] = std::min(most, odds / (1.0 + odds));
  }
  return chances;
}

double JumpHazard::chance(double at_s, const LoadState& state) const {
  const auto chances{model_chances(at_s, state)};
  const double best{*std::ranges::max_element(scores_)};
  double sum{0.0};
  double weights{0.0};
  for (std::size_t m{0}; m < models; ++m) {
    const double weight{std::exp(scores_[m] - best) + 0.002};
    sum += weight * chances[m];
    weights += weight;
  }
  return sum / weights;
}

double JumpHazard::reach(double load, const LoadState& state, double highest, double offset) const {
  const double size{size_of(load, state, offset)};
  if (size <= jump_threshold) return 1.0;
  const ErrorHistogram& sizes{by_motion_[size_class(state)]};
  const double relative{sizes.tail(size) / std::max(1e-6, sizes.tail(jump_threshold))};
  const double against{std::log((state.reference + offset) / (highest + offset))};
  const double possible{against_highest_.tail(against + jump_threshold)};
  if (possible < 1e-3) return relative;
  const double absolute{std::min(1.0, against_highest_.tail(against + size) / possible)};
  return 0.5 * (relative + absolute);
}

void JumpHazard::learn(double at_s, const LoadState& state, double came, double highest,
                       double offset) {
  const auto chances{model_chances(at_s, state)};
  const double size{size_of(came, state, offset)};
  const double jump{size > jump_threshold ? 1.0 : 0.0};
  for (std::size_t m{0}; m < models; ++m) {
    const double likelihood{jump > 0.0 ? chances[m] : 1.0 - chances[m]};
    scores_[m] = scores_[m] * forget_scores + learning_rate * std::log(std::max(1e-6, likelihood));
  }
  jumps_ = jumps_ * forget_rates + jump;
  chances_ = chances_ * forget_rates + 1.0;
  const std::size_t s{index_of(state)};
  state_jumps_[s] = state_jumps_[s] * forget_rates + jump;
  state_expected_[s] = state_expected_[s] * forget_rates + chances[0];
  for (const Cycle& cycle : cycles) {
    const double visits_per_slot{15.0 * static_cast<double>(cycle.bins) / cycle.period_s};
    const std::size_t here{bin_of(cycle, at_s)};
    for (const std::size_t shift : {cycle.bins - 1, std::size_t{0}, std::size_t{1}}) {
      const std::size_t bin{cycle.first + (here + shift) % cycle.bins};
      const double weight{shift == 0 ? 1.0 : neighbour};
      const double forget{std::pow(forget_place, weight * visits_per_slot)};
      clock_jumps_[bin] = clock_jumps_[bin] * forget + weight * jump;
      clock_expected_[bin] = clock_expected_[bin] * forget + weight * chances[1];
    }
  }
  if (jump == 0.0) return;
  by_motion_[size_class(state)].add(size, forget_sizes);
  against_highest_.add(std::log((came + offset) / (highest + offset)), forget_sizes);
}

}  // namespace spillway::autopilot
