// Everything a decision may depend on, at one instant: the only input of policies besides History.
// Built once per workload and tick by the loop, written to the journal, and read back for replay.
#pragma once

#include <optional>
#include <string>

#include "controller/core/fleet.hpp"
#include "controller/core/reading.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// How long a new burst replica takes from the create request until it serves, as measured; the
/// horizon of every look ahead. The defaults are published figures for small images.
struct StartTimes {
  Duration median{std::chrono::seconds{30}};
  Duration p95{std::chrono::seconds{60}};

  bool operator==(const StartTimes&) const = default;
};

/// Burst capacity that runs already and is handed out at once, in replicas.
struct Standby {
  Replicas ready{};                         ///< can be handed out now
  Replicas starting{};                      ///< will be ready within a cold start
  Duration start{std::chrono::seconds{5}};  ///< from the create until one of `ready` serves

  bool operator==(const Standby&) const = default;
};

/// What this workload's burst replicas have cost, by ledger, in the calendar period (UTC) that
/// contains `taken_at`.
struct Spend {
  Money this_hour{};
  Money today{};
  Money this_month{};

  bool operator==(const Spend&) const = default;
};

struct Snapshot {
  TimePoint taken_at{};  ///< the only clock a policy knows
  std::string workload{};
  Readings readings{};
  Fleet fleet{};
  StartTimes start_times{};
  HourlyPrice replica_price{};  ///< of one burst replica at the offer now in use
  Spend spend{};
  /// Until when a person wants no burst (`spillway drain --workload`).
  std::optional<TimePoint> drained_until{};
  /// Since when the controller drains everything before it ends.
  std::optional<TimePoint> stopping_since{};
  std::optional<Standby> standby{};  ///< nothing: none is kept, or its stock is unknown
  /// False in a rehearsal in which nobody reads the words of a decision: they may be left out. Not
  /// journalled, since what is in a journal is read.
  bool has_reader{true};

  /// True while nothing may run in the burst provider, whatever the load.
  bool wants_no_burst() const {
    return stopping_since.has_value() || (drained_until && taken_at < *drained_until);
  }

  bool operator==(const Snapshot&) const = default;
};

}  // namespace spillway
