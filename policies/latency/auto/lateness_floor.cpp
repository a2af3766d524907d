#include "policies/latency/auto/lateness_floor.hpp"

namespace spillway::autopilot {
namespace {

constexpr double room_below{0.7};  // of what the fleet holds; nobody waits there by the model
constexpr double spare_below{0.6};
constexpr double learned_in_s{3'600.0};

}  // namespace

void LatenessFloor::learn(const FloorSample& sample) {
  const bool has_room{sample.load > 0.0 && sample.load < room_below * sample.held &&
                      sample.utilization < spare_below};
  if (!has_room || sample.late > most) return;
  floor_ += std::min(1.0, sample.elapsed_s / learned_in_s) * (sample.late - floor_);
}

double LatenessFloor::beyond(double late) const {
  return std::max(0.0, late - floor_) / (1.0 - floor_);
}

}  // namespace spillway::autopilot
