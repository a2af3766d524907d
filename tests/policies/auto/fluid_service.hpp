// A service for tests of the default policy, of which the policy knows nothing: what it decides
// comes true after a start, what comes of it is what it sees next. A fluid one, and less kind than
// the queueing model where a case says so.
#pragma once

#include <functional>
#include <string>

#include "policies/latency/auto/auto_policy.hpp"

namespace spillway::testing {

struct FluidService {
  int base{8};
  double rate{10.0};        ///< req/s that one replica completes
  double late_above{0.97};  ///< utilization beyond which everybody waits too long
  double idle_work{0.0};    ///< utilization without any request
  double period_s{15.0};
  double start_s{30.0};
  bool tells_utilization{true};
  bool counts_in_service{false};  ///< in the queue
  bool is_slow_anyway{false};     ///< late whatever runs
  double busy_when_full{1.0};     ///< utilization of a replica that completes all it can
  bool tells_late{true};
  bool tells_queue{true};
  double averaged_s{0.0};     ///< utilization is told as its mean over so long
  double slow_from_s{0.0};    ///< late whatever runs, as beside a database in trouble:
  double slow_until_s{0.0};   ///< until then
  double slower_by{1.0};      ///< after the half of the time, as a new release may be
  double glitch_at_s{-1.0};   ///< when a load of 1e9 is told
  double wrong_until_s{0.0};  ///< utilization is told as 6 % until then
};

struct FluidOutcome {
  double late_share{0.0};
  double late_share_second_half{0.0};
  double late_minutes{0.0};  ///< all of them, and of the second half:
  double late_minutes_second_half{0.0};
  int creates{0};
  double replica_hours{0.0};
  int most{0};  ///< replicas, base included
  int last{0};
  std::string words{};
};

/// Plays `settings` beside the service for so long, at the load of each second.
FluidOutcome play(const AutoSettings& settings, const FluidService& service, double until_s,
                  const std::function<double(double)>& load_of);

}  // namespace spillway::testing
