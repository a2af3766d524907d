// Plays one load against one policy: every control interval the policy decides through `decide()`
// on a real Snapshot and History; between decisions the world goes on second by second.
//
//   a second is late if   arrivals > what the serving replicas hold (Erlang C), or
//                         backlog  > backlog_late of their capacity
//   backlog               what arrived and was not served; beyond backlog_dropped_beyond it is lost
//
// Deterministic: the same load, world, policy and seed give the same outcome on every machine.
#pragma once

#include <cstdint>
#include <functional>

#include "controller/backtest/load.hpp"
#include "controller/backtest/world.hpp"
#include "controller/core/decision.hpp"
#include "controller/core/snapshot.hpp"
#include "policies/decide.hpp"

namespace spillway::backtest {

/// What happened in one control interval, for plots and traces of a run.
struct Interval {
  int begin_s{0};
  double load_rps{0.0};  ///< true mean
  int need{0};           ///< the most that any second needed
  int base{0};
  int vms_ready{0};  ///< replicas on extra machines
  int vms_starting{0};
  int burst_ready{0};
  int burst_starting{0};
  double late_requests{0.0};
  double burst_cost_usd{0.0};  ///< of this interval
};

/// Sums of one run, and the field's elasticity measures.
struct Outcome {
  double total_requests{0.0};
  double late_requests{0.0};
  double dropped_requests{0.0};
  std::int64_t burst_seconds{0};  ///< replica-seconds in ACI, starts and failures included
  std::int64_t vm_seconds{0};     ///< machine-seconds of extra machines
  double burst_cost_usd{0.0};     ///< of both
  std::int64_t creates{0};
  std::int64_t failed_creates{0};
  std::int64_t vm_creates{0};
  int decisions{0};
  int seconds{0};

  // Ilyushkin et al. (ICPE 2017), d = need, s = serving replicas, over T seconds; instability and
  // adaptations over control intervals.
  double under_accuracy{0.0};       ///< 1/T sum (d - s)+ / d
  double over_accuracy{0.0};        ///< 1/T sum (s - d)+ / s
  double under_timeshare{0.0};      ///< share of the time with d > s
  double over_timeshare{0.0};       ///< share of the time with s > d
  double instability{0.0};          ///< share of intervals with sgn(change of s) > sgn(change of d)
  double adaptations_per_day{0.0};  ///< intervals in which s changed
};

/// What differs between runs of the same load in the same world.
struct Run {
  std::uint64_t seed{1};
  int machines_at_start{0};  ///< extra machines that serve from the first second
};

/// Decides for one interval. Called in the order of time.
using Decider = std::function<Decision(const Snapshot&)>;

/// Told after each interval; may be empty: then nobody reads the words of decisions, and they are
/// not made (`Snapshot::has_reader`).
using Observer = std::function<void(const Interval&, const Decision&)>;

/// Plays `load` with decisions from `decide`.
Outcome simulate(const Load& load, const World& world, const Run& run, const Decider& decide,
                 const Observer& observer = {});

/// Plays `load` with `policy`, which starts without history.
Outcome simulate(const Load& load, const World& world, const Run& run, const DecisionPolicy& policy,
                 const Observer& observer = {});

}  // namespace spillway::backtest
