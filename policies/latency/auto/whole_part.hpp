// The largest whole number that is not above `x`: std::floor, without the call that it takes where
// a program must run on every x86-64. For what is no farther from 0 than 9e18; beyond, and for what
// is no number, the result is of no meaning.
#pragma once

#include <cstdint>

namespace spillway::autopilot {

inline double whole_part(double x) {
  constexpr double farthest{9e18};
  if (!(x > -farthest && x < farthest)) return x;
  const double towards_zero{static_cast<double>(static_cast<std::int64_t>(x))};
  return towards_zero > x ? towards_zero - 1.0 : towards_zero;
}

}  // namespace spillway::autopilot
