#include "policies/latency/auto/jump_hazard.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "policies/latency/auto/error_tail.hpp"
#include "policies/latency/auto/load_history.hpp"
#include "policies/latency/auto/whole_part.hpp"

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

constexpr double prior_jumps{0.5};        // pulls a state without evidence to the overall rate
constexpr double prior_visits{10.0};      // ... and a place on the clock to that of the state
constexpr double forget_rates{0.999885};  // half in a day of slots
constexpr double forget_sizes{0.9885};    // half in 60 jumps: sizes change, and come in eras
constexpr double forget_model_scores{0.99977};  // half in half a day
constexpr double forget_size_score{0.03};       // per jump: half in 23
constexpr double size_learning_rate{0.25};
constexpr double one_size_told{3.0};  // at most, in nats
constexpr double least_size_share{0.02};
constexpr double forget_place{0.95};        // per visit of a place on the clock
constexpr double model_learning_rate{0.5};  // overlapping horizons tell the same jump several times
constexpr double neighbour{0.5};            // weight of the bins beside: clocks and batches drift

std::size_t bin_of(const Cycle& cycle, double at_s) {
  const double cycles_passed{at_s / cycle.period_s};
  const double within{cycles_passed - whole_part(cycles_passed)};
  const auto bin{static_cast<std::size_t>(within * static_cast<double>(cycle.bins))};
  return std::min(bin, cycle.bins - 1);
}

/// What is left of a bin's counts after a slot in it, and after one in the bin beside.
struct Forget {
  double there;
  double beside;
};

const std::array<Forget, cycles.size()>& forget_on_clock() {
  static const auto all{[] {
    std::array<Forget, cycles.size()> values{};
    for (std::size_t c{0}; c < cycles.size(); ++c) {
      const Cycle& cycle{cycles[c]};
      const double visits{slot_seconds * static_cast<double>(cycle.bins) / cycle.period_s};
      values[c] = {std::pow(forget_place, visits), std::pow(forget_place, neighbour * visits)};
    }
    return values;
  }()};
  return all;
}

std::size_t index_of(const LoadState& state) {
  return std::min<std::size_t>(state.motion, 4) * 5 + std::min<std::size_t>(state.level, 4);
}

/// Sizes are told apart by motion: still or falling, rising, leaping.
std::size_t size_class(const LoadState& state) {
  return state.motion <= 1 ? 0 : state.motion <= 3 ? 1 : 2;
}

/// A product with it saves a logarithm.
double least_jump() {
  static const double factor{std::exp(jump_threshold)};
  return factor;
}

double factor(double jumps, double expected, double prior) {
  return (jumps + prior) / (expected + prior);
}

double size_of(double came, const LoadState& state, double offset) {
  return std::log((came + offset) / (state.reference + offset));
}

}  // namespace

JumpHazard::JumpHazard()
    : by_motion_{ErrorHistogram{0.5}, ErrorHistogram{0.5}, ErrorHistogram{0.5}},
      against_highest_{0.1} {}

bool JumpHazard::is_jump(double came, const LoadState& state, double offset) {
  return came + offset > least_jump() * (state.reference + offset);
}

std::array<double, JumpHazard::models> JumpHazard::model_chances(double at_s,
                                                                 const LoadState& state) const {
  constexpr double most{0.98};
  std::array<double, models> chances{};
  const std::size_t s{index_of(state)};
  chances[0] = std::min(most, jumps_ / chances_);
  chances[1] =
      std::min(most, chances[0] * factor(state_jumps_[s], state_expected_[s], prior_jumps));
  for (std::size_t c{0}; c < cycles.size(); ++c) {
    const std::size_t bin{cycles[c].first + bin_of(cycles[c], at_s)};
    const double odds{chances[1] / (1.0 - chances[1]) *
                      factor(clock_jumps_[bin], clock_expected_[bin], prior_visits * chances[1])};
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
    const double behind{scores_[m] - best};
    const double weight{(behind == 0.0 ? 1.0 : std::exp(behind)) + 0.002};
    sum += weight * chances[m];
    weights += weight;
  }
  return sum / weights;
}

void JumpHazard::add_reach(std::span<const double> loads, std::span<double> tail,
                           const LoadState& state, double highest, double offset,
                           double chance) const {
  // Every jump gets beyond the threshold of one.
  const double centre{state.reference + offset};
  const double threshold{centre * least_jump() - offset};
  const auto below{
      static_cast<std::size_t>(std::ranges::upper_bound(loads, threshold) - loads.begin())};
  for (double& each : tail.first(below)) each += chance;
  const auto farther{loads.subspan(below)};
  if (farther.empty()) return;

  const ErrorHistogram& sizes{by_motion_[size_class(state)]};
  const double relative_all{std::max(1e-6, sizes.tail(jump_threshold))};
  const double against{std::log(centre / (highest + offset))};
  const double absolute_all{against_highest_.tail(against + jump_threshold)};
  const bool has_absolute{absolute_all >= 1e-3};
  const double share{has_absolute ? std::clamp(1.0 / (1.0 + std::exp(-size_score_)),
                                               least_size_share, 1.0 - least_size_share)
                                  : 1.0};
  const auto tail_of{[&](const ErrorHistogram& errors, double from) {
    const LoadRange range{.lowest = (farther.front() + offset) / from,
                          .highest = (farther.back() + offset) / from};
    return ErrorTail{errors, 1.0, range};
  }};
  const ErrorTail by_ratio{tail_of(sizes, centre)};
  const ErrorTail by_height{tail_of(against_highest_, highest + offset)};
  const auto size{static_cast<std::ptrdiff_t>(farther.size())};
  std::vector<double> beyond(2 * farther.size(), 0.0);
  const auto relative{std::span{beyond}.first(farther.size())};
  const auto absolute{std::span{beyond}.subspan(farther.size())};
  by_ratio.add(farther, relative, centre, offset, share / relative_all);
  if (has_absolute) {
    by_height.add(farther, absolute, highest + offset, offset, 1.0 / absolute_all);
  }
  // Iterators, since a span would ask at every number whether it has so many.
  const auto of_ratio{relative.begin()};
  const auto of_height{absolute.begin()};
  const auto to{tail.subspan(below).begin()};
  for (std::ptrdiff_t i{0}; i < size; ++i) {
    to[i] += chance * std::min(1.0, of_ratio[i] + (1.0 - share) * std::min(1.0, of_height[i]));
  }
}

void JumpHazard::learn(double at_s, const LoadState& state, std::span<const double> came,
                       double highest, double offset) {
  const auto chances{model_chances(at_s, state)};
  const double part{1.0 / static_cast<double>(came.size())};
  double jump{0.0};
  for (const double each : came) jump += is_jump(each, state, offset) ? part : 0.0;
  const auto share_of_log{[](double share, double chance) {
    return share > 0.0 ? share * std::log(std::max(1e-6, chance)) : 0.0;
  }};
  for (std::size_t m{0}; m < models; ++m) {
    const double score{share_of_log(jump, chances[m]) + share_of_log(1.0 - jump, 1.0 - chances[m])};
    scores_[m] = scores_[m] * forget_model_scores + model_learning_rate * score;
  }
  jumps_ = jumps_ * forget_rates + jump;
  chances_ = chances_ * forget_rates + 1.0;
  const std::size_t s{index_of(state)};
  state_jumps_.set(s, state_jumps_[s] * forget_rates + jump);
  state_expected_.set(s, state_expected_[s] * forget_rates + chances[0]);
  for (std::size_t c{0}; c < cycles.size(); ++c) {
    const Cycle& cycle{cycles[c]};
    const std::size_t here{bin_of(cycle, at_s)};
    for (const std::size_t shift : {cycle.bins - 1, std::size_t{0}, std::size_t{1}}) {
      const std::size_t bin{cycle.first + (here + shift) % cycle.bins};
      const double weight{shift == 0 ? 1.0 : neighbour};
      const double forget{shift == 0 ? forget_on_clock()[c].there : forget_on_clock()[c].beside};
      clock_jumps_.set(bin, clock_jumps_[bin] * forget + weight * jump);
      clock_expected_.set(bin, clock_expected_[bin] * forget + weight * chances[1]);
    }
  }
  if (jump > 0.0) learn_size(state, came, highest, offset, jump);
}

void JumpHazard::learn_size(const LoadState& state, std::span<const double> came, double highest,
                            double offset, double jump) {
  ErrorHistogram& sizes{by_motion_[size_class(state)]};
  const double against{std::log((state.reference + offset) / (highest + offset))};
  // Each tells of jumps alone: of what lies beyond the threshold of one.
  const double relative_all{sizes.total() * std::max(1e-6, sizes.tail(jump_threshold))};
  const double absolute_all{against_highest_.total() *
                            std::max(1e-6, against_highest_.tail(against + jump_threshold))};
  const double part{1.0 / static_cast<double>(came.size())};
  double told{0.0};
  for (const double each : came) {
    if (!is_jump(each, state, offset)) continue;
    const double height{std::log((each + offset) / (highest + offset))};
    const double relative{sizes.density(size_of(each, state, offset), relative_all)};
    const double absolute{against_highest_.density(height, absolute_all)};
    told += part * std::clamp(std::log(std::max(1e-4, relative) / std::max(1e-4, absolute)),
                              -one_size_told, one_size_told);
  }
  size_score_ = size_score_ * (1.0 - forget_size_score * jump) + size_learning_rate * told;
  const double forget{1.0 - (1.0 - forget_sizes) * jump};
  sizes.forget(forget);
  against_highest_.forget(forget);
  for (const double each : came) {
    if (!is_jump(each, state, offset)) continue;
    sizes.add(size_of(each, state, offset), part);
    against_highest_.add(std::log((each + offset) / (highest + offset)), part);
  }
}

}  // namespace spillway::autopilot
