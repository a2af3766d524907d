// What lateness says of the service rate where the utilization says otherwise. A service that waits
// for something else (a pool of connections, a lock, a number of workers) is full at 30 % of its
// processors: by load and utilization a replica seems to complete three times what it can.
//
//   ceiling = 0.7 * load / replicas         while requests are late for a minute, below 50 %
//   ceiling -> up, 2 % an hour              while none is late; never below what served on time
//
// So some 43 % more replicas are added at once, each growth judged by what it brought. Whatever
// is slow for another reason is not cured by more replicas: never below half of what a replica has
// served on time within the last day (if none was ever on time, a quarter of what the utilization
// says); if requests are late even there, the ceiling is given up until they were on time again,
// and what it added is given back. Example: 8 replicas, 70 req/s at 35 %, all late: the utilization
// says 25 req/s each, the ceiling 6.25, a quarter of that, and 12 are asked for; then nobody is
// late, and the ceiling stays.
#pragma once

#include <optional>

namespace spillway::autopilot {

/// What was seen of a window, and what is believed without the ceiling.
struct CeilingSample {
  double late{0.0};         ///< share of the requests
  double utilization{1.0};  ///< of the fleet
  double load{0.0};         ///< req/s
  double serving{0.0};      ///< the fewest replicas that can have served it
  double rate{0.0};         ///< req/s and replica, by utilization
  bool is_steady{false};    ///< the same replicas for longer than a window
  double elapsed_s{15.0};
};

class LatenessCeiling {
 public:
  void learn(const CeilingSample& sample);
  /// The smaller of `rate` and the ceiling, if there is one.
  double bound(double rate) const;

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(ceiling_);
    archive.number(proven_);
    archive.number(late_s_);
    archive.number(rate_);
    archive.number(given_up_);
    archive.number(load_);
  }

 private:
  void learn_on_time(const CeilingSample& sample);

  double ceiling_{0.0};   ///< req/s and replica; 0: none
  double proven_{0.0};    ///< served by one replica with nobody late; half in a day
  double late_s_{0.0};    ///< late although not busy for so long
  double rate_{0.0};      ///< by utilization, when that began
  double given_up_{0.0};  ///< 1: more replicas did not help
  double load_{0.0};      ///< of the sample before: its requests may still wait
};

}  // namespace spillway::autopilot
