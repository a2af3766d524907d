// The distribution of the load in the slots that a decision is for: each forecaster's error
// histogram, all of them mixed by how well they told the past (Bayesian model averaging with
// forgetting), and the chance of a jump beside it. Not one number: what a replica more is worth
// depends on the tail.
//
//   P(load > x) = mean over the leads of
//                 (1 - h) * sum of w_i * tail_i(log(x / forecast_i(lead))) + h * reach(x)
//
// It is the share of the time above x, not the chance to get there at all: a replica too few costs
// as long as it is missing, and a spike of one slot costs one slot. The leads begin with the slot
// that follows the decision and end with the one in which a replica that is asked for now serves
// for sure.
//
// An expert is a forecaster together with how its errors are sorted: all alike, by how high the
// load is (a low load and a peak err differently), or by the clock: at each place within five
// minutes the forecaster that is best there, scaled by its usual error there. Programmes, scrapes
// and aggregated metrics change their course on the minute; between two marks their line goes on.
// Four are enough: with twelve more (each forecaster by itself) the costs on 13 loads were 2 %
// higher. Source of the mixture: Raftery et al., dynamic model averaging (Technometrics 2010).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "policies/latency/auto/combination.hpp"
#include "policies/latency/auto/error_histogram.hpp"
#include "policies/latency/auto/forecasters.hpp"
#include "policies/latency/auto/jump_hazard.hpp"
#include "policies/latency/auto/load_history.hpp"

namespace spillway::autopilot {

/// How wrong each of five forecasters usually is at each place within five minutes.
class ClockErrors {
 public:
  static constexpr std::array<Forecaster, 5> forecasters{
      Forecaster::latest, Forecaster::trend_45s, Forecaster::trend_90s, Forecaster::trend_3min,
      Forecaster::mean_1min};

  struct Best {
    Forecaster forecaster{};
    double scale{1.0};  ///< its usual error, relative to that before anything was learned
  };
  Best best(double at_s) const;
  /// The mean sizes of the log ratios for `forecasters`, as forecast at `at_s`.
  void learn(double at_s, const std::array<double, forecasters.size()>& errors);

  template <class Archive>
  void keep(Archive& archive) {
    errors_.keep(archive);
  }

 private:
  static constexpr std::size_t places{20};
  static constexpr double usual_clock_error{0.05};
  static std::size_t place_of(double at_s);

  static constexpr std::size_t index_of(std::size_t which, std::size_t place) {
    return which * places + place;
  }

  PackedArray<forecasters.size() * places> errors_{usual_clock_error};
};

/// What may come within the horizon.
struct Outlook {
  /// For each load asked about: the share of the slots in which it is expected to be exceeded.
  std::vector<double> tail{};
  double jump_chance{0.0};
};

class Prediction {
 public:
  Prediction();

  /// Learns from the slot that was just closed. Call once for each, oldest first: `closed` counts
  /// back from the open slot, and `ahead` is the horizon in slots.
  void learn(const LoadHistory& loads, std::size_t closed, std::size_t ahead, double offset);

  /// What is expected of the next `ahead` slots; `loads` rise.
  Outlook outlook(const LoadHistory& history, std::size_t ahead, double offset,
                  std::span<const double> loads) const;

  /// The highest load known, in req/s.
  double highest() const { return highest_; }

  template <class Archive>
  void keep(Archive& archive) {
    for (ErrorHistogram& errors : histograms_) errors.keep(archive);
    archive.numbers(scores_);
    archive.number(highest_);
    profiles_.keep(archive);
    clock_.keep(archive);
    jumps_.keep(archive);
    combination_.keep(archive);
  }

 private:
  static constexpr std::size_t experts{4};
  static constexpr std::size_t levels{3};
  static constexpr std::size_t by_level{1};  ///< the last expert has a histogram for each level
  static constexpr std::size_t histogram_count{experts + by_level * (levels - 1)};

  /// What an expert says now: which forecast, and how its errors are to be read.
  struct Voice {
    std::size_t forecaster{0};
    double scale{1.0};
    std::size_t histogram{0};
  };

  LoadState state_at(const LoadHistory& loads, const Forecasts& forecasts, std::size_t from,
                     std::size_t leads, double offset) const;
  Voice voice_of(std::size_t expert, const LoadState& state, double at_s) const;

  std::array<ErrorHistogram, histogram_count> histograms_;
  std::array<double, experts> scores_{};
  double highest_{0.0};  ///< the highest load known, fading over weeks
  Profiles profiles_{};
  ClockErrors clock_{};
  JumpHazard jumps_{};
  Combination combination_{};
};

}  // namespace spillway::autopilot
