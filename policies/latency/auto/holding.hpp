// Keeps a released count for a while before it is given up, as starting it again would cost its
// start-up rent: ski rental, at most twice the cost of knowing the future. While the provider's
// create rate is nearly used up, a start may not be had at all, so holding lasts longer.
//
//   hold = start-up time / 2 * (1 + 40 * (creates of the last hour / creates allowed per hour)^3)
//
// Half of it, since a wish is already an average over the slots to come: a spike does not end it.
// Example: a start of 30 s, no recent creates: held 15 s; 150 of 300 used: 90 s; all: 10 min.
// Source: Karlin et al., competitive snoopy caching (1988).
#pragma once

#include <array>
#include <cstddef>

namespace spillway::autopilot {

class Holding {
 public:
  /// The count to keep when `wanted` is asked for at `at_s`, held for `hold_s` when it falls.
  int hold(int wanted, double at_s, double hold_s);

  template <class Archive>
  void keep(Archive& archive) {
    archive.numbers(counts_);
    archive.numbers(until_);
  }

 private:
  // Falling counts with rising ends; merged upwards when full.
  static constexpr std::size_t size{8};
  std::array<double, size> counts_{};
  std::array<double, size> until_{};
};

/// Creates of the last hour, counted with a fading memory, from what the fleet shows.
class CreateRate {
 public:
  /// `burst` groups run or start now, `asked` were asked for by this decision.
  void see(int burst, double elapsed_s);
  void ask(int burst) { before_ = burst; }
  double per_hour() const { return creates_; }

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(creates_);
    archive.number(before_);
  }

 private:
  double creates_{0.0};
  double before_{-1.0};  ///< what was there after the last decision; -1: no decision yet
};

}  // namespace spillway::autopilot
