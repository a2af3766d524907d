// What lateness says of the service rate where the utilization says otherwise. A service that waits
// for something else (a pool of connections, a lock, a number of workers) is full at 30 % of its
// processors: by load and utilization a replica seems to complete three times what it can.
//
//   ceiling = 0.7 * load / replicas           while requests are late for a minute, below 50 %
//   ceiling = 0.95 * utilization * rate       ... from 50 to 93 %, where the fleet holds this load
//                                             by the model, is less busy with it than it may be,
//                                             and more arrives than is completed; if it does not,
//                                             0.85 * load / replicas
//   ceiling -> up, 2 % an hour                while none is late, to 97 % of where requests were
//                                             late (0.5 % an hour more), and at once to what was
//                                             served on time
//
// Each growth is judged by what it brought. Whatever is slow for another reason is not cured by
// more replicas: never below half of what was served on time within the last day (if nothing was
// ever on time, a quarter of what the utilization says); if requests are late even there, the
// ceiling is given up until they were on time again, and what it added is given back. Examples: 8
// replicas, 70 req/s at 35 %, all late: the utilization says 25 req/s each, the ceiling 6.25, a
// quarter of that, and 12 are asked for; then nobody is late, and the ceiling stays. 12 replicas
// that once took 90 req/s at 53 % (14 each), 150 req/s at 70 %, all late: the ceiling is 9.4.
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
  double full{0.0};         ///< so many at 100 % complete what those hold within the objective
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
    archive.number(late_at_);
  }

 private:
  void learn_on_time(const CeilingSample& sample);

  double ceiling_{0.0};   ///< req/s and replica; 0: none
  double proven_{0.0};    ///< served by one replica with nobody late; half in a day
  double late_s_{0.0};    ///< late although not busy for so long
  double rate_{0.0};      ///< by utilization, when that began
  double given_up_{0.0};  ///< 1: more replicas did not help
  double late_at_{0.0};   ///< req/s and replica at which they were late
  double load_{0.0};      ///< of the sample before: its requests may still wait
};

}  // namespace spillway::autopilot
