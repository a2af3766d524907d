#include "policies/utilization_law.hpp"

#include <algorithm>
#include <cmath>

#include "policies/remembered.hpp"

namespace spillway {
namespace {

constexpr double time_constant_s{3600.0};
constexpr double noise_below{0.1};
constexpr double saturated_above{0.9};
/// What the first sample, and one after a gap, stands for at most.
constexpr double longest_step_s{60.0};

}  // namespace

UtilizationLaw::UtilizationLaw(std::span<const double> kept) {
  if (kept.size() != memory_size || !all_finite(kept) || kept[0] < 0.0 || kept[1] < 0.0) return;
  load_ = kept[0];
  busy_ = kept[1];
  at_ms_ = kept[2];
}

std::optional<double> UtilizationLaw::per_replica() const {
  if (!(busy_ > 0.0) || !(load_ > 0.0)) return std::nullopt;
  const double rate{load_ / busy_};
  if (!std::isnormal(rate) || rate > largest_rate_rps || rate < smallest_rate_rps) {
    return std::nullopt;
  }
  return rate;
}

void UtilizationLaw::learn(TimePoint now, double load_rps, double utilization, Replicas serving) {
  const double busy{utilization * serving.count};
  const bool is_telling{utilization >= noise_below && utilization <= saturated_above &&
                        serving > 0_replicas && load_rps > 0.0 && load_rps < largest_load_rps};
  const double now_ms{to_memory(now)};
  const double elapsed_s{(now_ms - at_ms_) / 1000.0};
  if (!is_telling || elapsed_s <= 0.0) return;
  const double step_s{std::min(elapsed_s, longest_step_s)};
  const double kept{std::exp(-elapsed_s / time_constant_s)};
  // What was learned long ago is still better than nothing, until the first new sample.
  load_ = kept * load_ + step_s * load_rps;
  busy_ = kept * busy_ + step_s * busy;
  at_ms_ = now_ms;
}

void UtilizationLaw::keep(Memory& memory) const {
  memory.insert(memory.end(), {load_, busy_, at_ms_});
}

}  // namespace spillway
