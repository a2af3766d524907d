// A forecast from several: the weights with which the other forecasters' departures from the latest
// load would have told the recent past best, by least squares that forget and are pulled to zero.
// Averages of forecasts err less than the best of them, and weights learned on the load itself let
// a trend count half, or two trends make up a curve.
//
//   combined = latest + (latest + offset) * sum of w_i * (forecast_i - latest) / (latest + offset)
//
// The departure of a mean counts up to four times its usual size: calm hours teach that what
// departs from the mean of five minutes is noise, and a jump to the tenfold is none. Example: 700
// req/s after two hours of 38 to 42: without the bound 170 to 200 were expected. What is usual at
// this time of the day may be as far away as it likes, and the weights are learned from all of it:
// with a bound there too, a load that jumps at seven every morning cost a sixth more.
//
// Source: Granger and Ramanathan, improved methods of combining forecasts (J. Forecasting 1984);
// the pull to zero is ridge regression (Hoerl and Kennard 1970). One set of weights serves all
// leads: the forecasts themselves know how far they look.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "policies/latency/auto/forecasters.hpp"

namespace spillway::autopilot {

class Combination {
 public:
  static constexpr std::size_t size{8};
  /// By combined forecaster: how far it departs from the latest load, relative to it.
  using Row = std::array<double, size>;
  using Departures = std::array<Row, Leads::most>;

  /// Of the forecasts for one slot.
  static Row departures(const std::array<double, forecaster_count>& forecasts, double offset);

  /// Fills in `combined` for so many leads. Returns what the forecasts were combined of.
  Departures fill(Forecasts& forecasts, std::size_t leads, double offset) const;

  /// The departures of the forecasts for a slot from `latest` and what came, weighted by `weight`.
  /// Counts from the next `update`.
  void learn(const Row& departures, double latest, double came, double weight, double offset);
  /// New weights from all that was learned; call once for each slot.
  void update();

  template <class Archive>
  void keep(Archive& archive) {
    for (std::size_t i{0}; i < size; ++i) {
      if constexpr (Archive::rounds) {
        archive.numbers(products_[i]);
      } else {
        archive.numbers(std::span{products_[i]}.first(i + 1));
      }
    }
    archive.numbers(answers_);
    archive.numbers(weights_);
    archive.number(slots_);
  }

 private:
  /// The most that a departure counts in a forecast.
  double usual_most(std::size_t i) const;

  /// Row by row. Above the diagonal is nothing of meaning: whole rows take less time than parts.
  std::array<Row, size> products_{};
  Row answers_{};
  Row weights_{};
  double slots_{0.0};  ///< that count in them
};

}  // namespace spillway::autopilot
