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
constexpr double late_half_life_s{72.0 * 3'600.0};
constexpr double above_late{0.02};
constexpr double calm_s{600.0};
constexpr double trouble_from{0.1};  // what is late below may be late whatever runs
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
  if (!is_late) on_time_s_ += elapsed_s;
  if (!is_late || is_idle || highest > sample.held) {
    unexplained_s_ = 0.0;
    if (is_late) on_time_s_ = 0.0;
    late_at_ *= std::exp2(-elapsed_s / late_half_life_s);
    const double least{late_at_ > 0.0 ? std::min(excess_, late_at_ + above_late) : 0.0};
    excess_ = std::max(least, excess_ * std::exp2(-elapsed_s / half_life_s));
    return;
  }
  unexplained_s_ += elapsed_s;
  if (unexplained_s_ < patience_s) return;
  // One trouble may come and go for a while: only the first look tells at what it began.
  if (on_time_s_ >= calm_s && sample.late > trouble_from) late_at_ = excess_;
  on_time_s_ = 0.0;
  // Few late requests are a small error.
  const double share{std::min(1.0, sample.late / std::max(10.0 * sample.allowed_late, 1e-9))};
  const double growth{1.0 + rise_per_slot * share * elapsed_s / slot_seconds};
  excess_ = std::min((1.0 + excess_) * growth - 1.0, excess_max);
}

}  // namespace spillway::autopilot
