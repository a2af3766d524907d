#include "policies/latency/auto/holding.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {

int Holding::hold(int wanted, double at_s, double hold_s) {
  const double count{static_cast<double>(wanted)};
  // What has ended, and what a higher or equal wish outlives, is gone; the rest keeps its order.
  std::size_t used{0};
  const double end{at_s + hold_s};
  for (std::size_t i{0}; i < size; ++i) {
    if (until_[i] <= at_s || counts_[i] <= count) continue;
    counts_[used] = counts_[i];
    until_[used] = until_[i];
    ++used;
  }
  if (used == size) {
    // Full: the lowest count is held as long as its lower neighbour would be, at the higher count.
    until_[size - 2] = std::max(until_[size - 2], until_[size - 1]);
    --used;
  }
  counts_[used] = count;
  until_[used] = end;
  for (std::size_t i{used + 1}; i < size; ++i) {
    counts_[i] = 0.0;
    until_[i] = 0.0;
  }
  return static_cast<int>(counts_[0]);
}

void CreateRate::see(int burst, double elapsed_s) {
  creates_ *= std::exp(-std::max(0.0, elapsed_s) / 3'600.0);
  const double now{static_cast<double>(burst)};
  if (before_ >= 0.0 && now > before_) creates_ += now - before_;
  before_ = now;
}

}  // namespace spillway::autopilot
