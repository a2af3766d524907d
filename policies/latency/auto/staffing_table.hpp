// How much load so many replicas hold within the latency objective: M/M/c queueing, as a table from
// one replica up, every count at first and then in steps of 2 %.
//
//   P(wait > t) = C(c, a) * exp(-(c * mu - load) * t),   a = load / mu,   C = Erlang's C formula
//   holds(c) = the highest load at which P(wait > wait_limit) <= 1 - quantile
//
// Example: 10 requests/s a replica, 95 % to wait at most 200 ms: 5 replicas hold 38 req/s (77 % of
// their capacity), 20 hold 187 (93 %), 80 hold 781 (98 %): one target utilization would be wrong at
// both ends. Source: Erlang 1917; beyond 40 replicas the limit of Halfin and Whitt (1981).
#pragma once

#include <span>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway::autopilot {

struct LatencyGoal {
  double wait_s{0.2};     ///< longest wait in the queue
  double quantile{0.95};  ///< share of the requests that must not wait longer
};

class StaffingTable {
 public:
  /// `rate` > 0: requests per second that one replica completes. Ends with the first count that
  /// holds `up_to`, in req/s.
  StaffingTable(double rate, const LatencyGoal& goal, double up_to);

  /// Rising counts and what they hold, in req/s, same length, beginning with 0 replicas.
  std::span<const int> counts() const { return counts_; }
  std::span<const double> holds() const { return holds_; }

  /// The least count of the table that holds this load.
  int count_for(double load) const;

 private:
  std::vector<int> counts_{};
  std::vector<double> holds_{};
};

/// The probability that a request waits longer than `wait_s`; 1 if the load exceeds the capacity.
double wait_beyond(int replicas, double rate, double load, double wait_s);

}  // namespace spillway::autopilot
