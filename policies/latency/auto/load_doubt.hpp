// One reading of the load that its neighbour contradicts: half the load that the same replicas are
// seen to be busy with, or twice of it. A scrape that failed, a counter that began anew: a single
// line must neither delete a fleet nor double it.
//
//   load that the utilization tells of = utilization * replicas * rate
//
// A reading below two thirds of it, by more than counts scatter, counts as the one before, if that
// is not more than the utilization tells; one above one and a half times of it is believed to
// there. If it is true, the next one says the same, and after 15 s it is believed. One of less than
// a tenth is more likely a counter that nobody finds any more, such as after a label has changed:
// it is believed after ten minutes in which the replicas went on being as busy. Beside a full fleet
// nothing is doubted: more may have come than was served.
#pragma once

#include <algorithm>
#include <optional>

#include "policies/remembered.hpp"

namespace spillway::autopilot {

/// What is seen beside the load, of the same window.
struct LoadWitness {
  std::optional<double> utilization{};
  double fewest{0.0};            ///< replicas that can have served it ...
  double most{0.0};              ///< ... at least and at most
  std::optional<double> rate{};  ///< req/s of a replica; none: not settled yet
};

class LoadDoubt {
 public:
  /// The load that is believed. Call once for each reading, `elapsed_s` after the one before.
  double believed(double load, const LoadWitness& witness, double elapsed_s);

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(lasted_s_);
    archive.number(load_);
    load_ = std::clamp(load_, 0.0, largest_load_rps);  // a memory may be anything
  }

 private:
  double lasted_s_{-1.0};  ///< since the first reading that was doubted; -1: the last was not
  double load_{0.0};       ///< the last that was believed
};

}  // namespace spillway::autopilot
