// When does the load jump further than any trend tells, and how far? A flash crowd, a batch, a
// crawler: rare, so no histogram of everyday errors learns it, and often by the clock. The chance
// of a jump within the horizon is a mixture of models that compete by their log score:
//
//   m0  the overall rate                      m1  by the state: how high the load is, and whether
//   m2..m5  m1, and by the place within 5 minutes, half an hour, an hour, or the day
//
//   odds(state, place) = odds(state) * (jumps there + k) / (jumps expected there + k)
//
// k is what ten visits of a place would expect: so three bursts on the hour are noticed, even if a
// burst is rare at any other time.
//
// How far it gets is told by two histograms, of its ratio to the load before and of its ratio to
// the highest load known, mixed by which of them told the past jumps better: some loads leap by a
// factor, others always to the same height.
//
// Example: half of the half hours begin with a burst, none has one elsewhere: the model of half
// hours puts the chance at about one half from 75 s before, and near zero at other times: so
// replicas stand by for two minutes in thirty, not for thirty.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "policies/latency/auto/error_histogram.hpp"
#include "policies/latency/auto/packed_array.hpp"

namespace spillway::autopilot {

/// A rise of the load by this log ratio beyond every short trend is a jump: a factor of 1.35.
inline constexpr double jump_threshold{0.3};

/// What the load looks like at an instant, as far as the chance of a jump depends on it.
struct LoadState {
  std::size_t level{0};   ///< 0 to 4: from idle to as high as ever
  std::size_t motion{1};  ///< 0 falling, 1 still, 2 rising, 3 rising fast, 4 leaping
  double reference{0.0};  ///< req/s: what the short trends and maxima would expect at most
};

class JumpHazard {
 public:
  JumpHazard();

  /// The share of the horizon after `at_s` that is expected to be beyond a jump.
  double chance(double at_s, const LoadState& state) const;
  /// Adds `chance` times the probability that a jump, if one comes, gets beyond each of the rising
  /// `loads`. `highest` is the highest load known.
  void add_reach(std::span<const double> loads, std::span<double> tail, const LoadState& state,
                 double highest, double offset, double chance) const;
  /// What came after `at_s`: the loads of the slots within the horizon.
  void learn(double at_s, const LoadState& state, std::span<const double> came, double highest,
             double offset);

  static bool is_jump(double came, const LoadState& state, double offset);

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(jumps_);
    archive.number(chances_);
    state_jumps_.keep(archive);
    state_expected_.keep(archive);
    clock_jumps_.keep(archive);
    clock_expected_.keep(archive);
    archive.numbers(scores_);
    for (ErrorHistogram& sizes : by_motion_) sizes.keep(archive);
    against_highest_.keep(archive);
    archive.number(size_score_);
    size_score_ = std::clamp(size_score_, -100.0, 100.0);  // a memory may be anything
  }

 private:
  static constexpr std::size_t states{25};
  static constexpr std::size_t clock_bins{20 + 60 + 60 + 48};
  static constexpr std::size_t models{6};

  void learn_size(const LoadState& state, std::span<const double> came, double highest,
                  double offset, double jump);
  std::array<double, models> model_chances(double at_s, const LoadState& state) const;

  double jumps_{0.3};  ///< as if half an hour had been seen, in which one slot of 400 jumped
  double chances_{120.0};
  PackedArray<states> state_jumps_{};
  PackedArray<states> state_expected_{};
  PackedArray<clock_bins> clock_jumps_{};
  PackedArray<clock_bins> clock_expected_{};
  // The clock has to prove itself: a load without cycles would else be split into noise.
  std::array<double, models> scores_{0.0, 0.0, -3.0, -3.0, -3.0, -3.0};
  std::array<ErrorHistogram, 3> by_motion_;
  ErrorHistogram against_highest_;
  double size_score_{0.0};  ///< log odds that sizes are told by the load before, not the highest
};

}  // namespace spillway::autopilot
