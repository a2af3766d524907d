// The past errors of a forecast, as a discounted histogram: the predictive distribution of the next
// one. Bins are even in asinh(error / 0.02), so they are fine around no error (1 % wide) and wide
// far out (a factor of two), and 25 of them reach from a 55th of the forecast to its 55-fold.
//
//   error = log((what came + offset) / (what was forecast + offset))
//
// Example: forecast 100, came 135: error 0.3, position asinh(15) / 0.5 + 12 = 18.8: bins 18 and 19.
// Source of discounted histograms for sizing: Autopilot (Rzadca et al., EuroSys 2020).
#pragma once

#include <array>
#include <cstddef>

namespace spillway::autopilot {

class ErrorHistogram {
 public:
  static constexpr std::size_t bins{25};

  ErrorHistogram() = default;  ///< of no error at all
  /// Begins with a prior of this weight: peaked at no error, with tails.
  explicit ErrorHistogram(double prior_weight);

  /// Where an error lies on the bins: between the middles of two.
  struct Place {
    std::size_t lower{0};
    double share{0.0};  ///< of the upper one
    double width{0.0};  ///< of a bin there, in units of the error
  };
  static Place place(double error);

  /// All errors so far lose weight by this factor.
  void forget(double factor);
  void add(const Place& place, double weight);
  void add(double error, double weight = 1.0) { add(place(error), weight); }
  /// Adds the shape of another, as if it had this weight.
  void mix(const ErrorHistogram& other, double weight);
  /// Probability density there; `total` is `total()`.
  double density(const Place& place, double total) const;
  double density(double error, double total) const { return density(place(error), total); }
  /// Probability of an error beyond this one.
  double tail(double error) const;

  double total() const { return is_rounded() ? total_ : sum(); }
  const std::array<double, bins>& masses() const { return mass_; }
  /// The error at the lower edge of each bin, and at the upper edge of the last.
  static const std::array<double, bins + 1>& edges();

  template <class Archive>
  void keep(Archive& archive) {
    if constexpr (Archive::rounds) {
      if (is_rounded()) return;
    }
    archive.packed(mass_);
    total_ = sum();
  }

 private:
  /// The shape of the prior, of weight 1.
  static const std::array<double, bins>& prior();

  static constexpr double nothing{1e-9};  ///< so that no total is 0
  static constexpr double not_rounded{-1.0};

  double sum() const;
  bool is_rounded() const { return total_ >= 0.0; }

  std::array<double, bins> mass_{};
  double total_{nothing};  ///< of masses that are as a memory would have them; `not_rounded`
};

}  // namespace spillway::autopilot
