// A forecast from several: the weights with which the other forecasters' departures from the latest
// load would have told the recent past best, by least squares that forget and are pulled to zero.
// Averages of forecasts err less than the best of them, and weights learned on the load itself let
// a trend count half, or two trends make up a curve.
//
//   combined = latest + (latest + offset) * sum of w_i * (forecast_i - latest) / (latest + offset)
//
// Source: Granger and Ramanathan, improved methods of combining forecasts (J. Forecasting 1984);
// the pull to zero is ridge regression (Hoerl and Kennard 1970). One set of weights serves all
// leads: the forecasts themselves know how far they look.
#pragma once

#include <array>
#include <cstddef>

#include "policies/latency/auto/forecasters.hpp"

namespace spillway::autopilot {

class Combination {
 public:
  /// Fills in `combined` for so many leads.
  void fill(Forecasts& forecasts, std::size_t leads, double offset) const;

  /// The forecasts for a slot and what came, weighted by `weight`. Counts from the next `update`.
  void learn(const std::array<double, forecaster_count>& forecasts, double came, double weight,
             double offset);
  /// New weights from all that was learned; call once for each slot.
  void update();

  template <class Archive>
  void keep(Archive& archive) {
    archive.numbers(products_);
    archive.numbers(answers_);
    archive.numbers(weights_);
  }

 private:
  static constexpr std::size_t size{8};
  using Row = std::array<double, size>;

  static Row departures(const std::array<double, forecaster_count>& forecasts, double offset);

  std::array<double, size*(size + 1) / 2> products_{};  ///< the lower triangle, row by row
  Row answers_{};
  Row weights_{};
};

}  // namespace spillway::autopilot
