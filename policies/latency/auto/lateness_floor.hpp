// Lateness that no replica cures: a slow endpoint, a call to somebody else's service. Such requests
// are late at any load, and would drive the price of a late one to its cap and the counts up, for
// nothing. It shows where the fleet has room to spare:
//
//   floor += (late - floor) * elapsed / 1 h    while the load is below 70 % of what the fleet
//   holds,
//                                              and it is not busy
//   late beyond = (late - floor) / (1 - floor) is what replicas may cure, and all that counts
//
// More than a tenth late in such a window is no floor but trouble: a service that is full where it
// does not look so (`LatenessCeiling`). Example: 2 % are late at 40 % utilization for a night; when
// 5 % are late by day, 3.1 % count.
#pragma once

#include <algorithm>

namespace spillway::autopilot {

/// A window, and what the fleet that served it would have held.
struct FloorSample {
  double late{0.0};         ///< share of the requests
  double utilization{1.0};  ///< of the fleet
  double load{0.0};         ///< req/s
  double held{0.0};         ///< req/s that its fewest replicas hold by the model
  double elapsed_s{15.0};
};

class LatenessFloor {
 public:
  void learn(const FloorSample& sample);
  /// Share of the requests that is late at any load.
  double get() const { return floor_; }
  /// The part of `late`, a share, that is beyond the floor: 0 to 1.
  double beyond(double late) const;

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(floor_);
    floor_ = std::clamp(floor_, 0.0, most);  // a memory may be anything
  }

 private:
  static constexpr double most{0.1};
  double floor_{0.0};  ///< share of the requests
};

}  // namespace spillway::autopilot
