// The distribution of the highest load within the horizon: each forecaster's error histogram, all
// of them mixed by how well they told the past (Bayesian model averaging with forgetting), and the
// chance of a jump beside it. Not one number: what a replica more is worth depends on the tail.
//
//   P(load > x) = (1 - h) * sum of w_i * tail_i(log(x / forecast_i)) + h * reach(x)
//
// An expert is a forecaster together with how its errors are sorted: all alike, scaled by how
// restless the load is, or by how high the load is (a low load and a peak err differently).
// Source of the mixture: Raftery et al., dynamic model averaging (Technometrics 2010).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "policies/latency/auto/error_histogram.hpp"
#include "policies/latency/auto/forecasters.hpp"
#include "policies/latency/auto/jump_hazard.hpp"
#include "policies/latency/auto/load_history.hpp"

namespace spillway::autopilot {

class Prediction {
 public:
  Prediction();

  /// Learns from the slot that was just closed. Call once for each, oldest first: `closed` counts
  /// back from the open slot, and `ahead` is the horizon in slots.
  void learn(const LoadHistory& loads, std::size_t closed, std::size_t ahead, double offset);

  /// For each of the rising `loads`: the probability that the load exceeds it within `ahead` slots.
  std::vector<double> tail(const LoadHistory& history, std::size_t ahead, double offset,
                           std::span<const double> loads) const;

  /// The chance of a jump within the horizon as of now.
  double jump_chance(const LoadHistory& history, std::size_t ahead, double offset) const;

  /// The highest load known, in req/s.
  double highest() const { return highest_; }

  template <class Archive>
  void keep(Archive& archive) {
    for (ErrorHistogram& errors : histograms_) errors.keep(archive);
    archive.numbers(scores_);
    archive.number(highest_);
    profiles_.keep(archive);
    jumps_.keep(archive);
  }

 private:
  static constexpr std::size_t experts{19};
  static constexpr std::size_t levels{3};
  static constexpr std::size_t histogram_count{17 + 2 * levels};

  LoadState state_at(const LoadHistory& loads, const Forecasts& forecasts, std::size_t from,
                     double offset) const;
  std::size_t histogram_of(std::size_t expert, const LoadState& state) const;

  std::vector<ErrorHistogram> histograms_;
  std::array<double, experts> scores_{};
  double highest_{0.0};  ///< the highest load known, fading over weeks
  Profiles profiles_{};
  JumpHazard jumps_{};
};

}  // namespace spillway::autopilot
