// What burst groups cost, by ACI's rule: per started second, from the create (or the first image
// pull, where the provider tells) until the group has stopped, at the price of its create.
// Pure: the caller brings the runs and the instant. Corrections replace a run, so that nothing is
// ever counted twice. Not the invoice: taxes, discounts and free grants are not in it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/group.hpp"
#include "controller/core/snapshot.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// One group's stay at the provider, as far as it is charged.
struct BilledRun {
  GroupId group{};
  std::string workload{};
  HourlyPrice price{};
  TimePoint from{};
  std::optional<TimePoint> until{};  ///< nothing: still running

  bool operator==(const BilledRun&) const = default;
};

/// The bill of `run` from its begin to `instant`, or to its end if that is earlier. Started seconds
/// count whole. Example: at 0.0594 USD/h, 89.2 s after `from`: 90 s, 0.001485 USD.
Money cost_until(const BilledRun& run, TimePoint instant);

/// The part of the bill that falls into [begin, end). Parts of adjoining windows add up exactly to
/// the whole: a second that straddles a boundary belongs to the window in which it starts.
Money cost_within(const BilledRun& run, TimePoint begin, TimePoint end);

/// The beginnings of the calendar periods (UTC) that contain an instant.
struct PeriodStarts {
  TimePoint hour{};
  TimePoint day{};
  TimePoint month{};

  bool operator==(const PeriodStarts&) const = default;
};
PeriodStarts period_starts(TimePoint instant);

/// The sums over many runs, ready for every tick: asking costs no more than the workload's running
/// groups. Closed runs are kept as sums only, so a correction needs the run as it was added.
class Ledger {
 public:
  /// Adds a run that is not in the ledger yet.
  void add(const BilledRun& run);

  /// Takes out a run, given exactly as it was added. One that was never added breaks the sums.
  void remove(const BilledRun& run);

  /// What `workload` has cost so far in the periods of `now`, which must not lie before the end of
  /// a closed run.
  Spend spend(std::string_view workload, TimePoint now) const;
  Spend total(TimePoint now) const;

  /// Drops sums of periods that ended before the month of `instant` began.
  void forget_before(TimePoint instant);

 private:
  struct Account {
    std::map<GroupId, BilledRun> running{};
    std::map<TimePoint, Money> hours{};  ///< of closed runs, by the period's begin
    std::map<TimePoint, Money> days{};
    std::map<TimePoint, Money> months{};

    void book(const BilledRun& closed, int sign);
    Spend spend(const PeriodStarts& starts, TimePoint now) const;
  };

  std::map<std::string, Account, std::less<>> accounts_{};
};

}  // namespace spillway
