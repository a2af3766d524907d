#include "policies/latency/auto/model_doubt.hpp"

#include <algorithm>
#include <cmath>

#include "policies/latency/auto/load_history.hpp"

namespace spillway::autopilot {
namespace {

constexpr double patience_s{
    60.0};  // noise of the readings and the end of a backlog are over by then
constexpr double rise_per_slot{0.05};
constexpr double half_life_s{4.0 * 3'600.0};
constexpr double excess_max{1.0};
constexpr double idle_below{0.5};
constexpr double elapsed_max_s{60.0};

}  // namespace

void ModelDoubt::learn(const DoubtSample& sample) {
  const double highest{std::max(sample.load, load_)};
  load_ = sample.load;
  const bool is_late{sample.late > sample.allowed_late};
  const bool is_idle{sample.utilization && *sample.utilization < idle_below};
  const double elapsed_s{std::min(sample.elapsed_s, elapsed_max_s)};
  if (!is_late || is_idle || highest > sample.held) {
    unexplained_s_ = 0.0;
    excess_ *= std::exp2(-elapsed_s / half_life_s);
    return;
  }
  unexplained_s_ += elapsed_s;
  if (unexplained_s_ < patience_s) return;
  // Few late requests are a small error.
  const double share{std::min(1.0, sample.late / std::max(10.0 * sample.allowed_late, 1e-9))};
  const double growth{1.0 + rise_per_slot * share * elapsed_s / slot_seconds};
  excess_ = std::min((1.0 + excess_) * growth - 1.0, excess_max);
}

}  // namespace spillway::autopilot
