#include "policies/latency/auto/create_rate.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::autopilot {

void CreateRate::see(int burst, double elapsed_s) {
  creates_ *= std::exp(-std::max(0.0, elapsed_s) / 3'600.0);
  const double now{static_cast<double>(burst)};
  if (before_ >= 0.0 && now > before_) creates_ += now - before_;
  before_ = now;
}

}  // namespace spillway::autopilot
