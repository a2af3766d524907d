// How much load so many replicas hold within the latency objective: M/M/c queueing, as a table from
// one replica up, every count at first and then in steps of 2 %.
//
//   holds(c) = the highest load at which P(wait > wait_limit) <= 1 - quantile     (policies/erlang)
//
// In units of the service rate it depends on one number only, x = rate * wait_limit: so it is
// solved once, for x in steps of a factor of two, and interpolated (within 0.1 %) for the rate that
// is believed today. Example: 10 requests/s a replica, 95 % to wait at most 200 ms: 5 replicas hold
// 38 req/s (77 % of their capacity), 20 hold 187 (93 %), 80 hold 781 (98 %): one target utilization
// would be wrong at both ends.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace spillway::autopilot {

struct LatencyGoal {
  double wait_s{0.2};     ///< longest wait in the queue
  double quantile{0.95};  ///< share of the requests that must not wait longer
};

/// What so many replicas hold, as a share of their capacity, for every service rate.
class StaffingCurves {
 public:
  /// Solves for one quantile: some milliseconds.
  explicit StaffingCurves(double quantile);

  double quantile() const { return quantile_; }
  /// Rising, beginning with 0 replicas.
  std::span<const int> counts() const { return counts_; }
  /// The same, to be computed with.
  std::span<const double> numbers() const { return numbers_; }

  /// Where x lies between the columns, and the weights of the four around it.
  struct Place {
    std::size_t column{0};
    std::array<double, 4> weights{};
  };
  static Place place(double x);

  /// Shares of the capacity of `counts()[row]` replicas and of those that follow.
  void shares(std::size_t row, const Place& place, std::span<double> found) const;

 private:
  static constexpr std::size_t columns{24};

  double quantile_;
  std::vector<int> counts_{};
  std::vector<double> numbers_{};
  /// By column, then row: a table takes a few columns, and of them all rows.
  std::array<std::vector<double>, columns> shares_{};
};

/// The curves of this quantile; those of the usual 0.95 are solved once for all.
std::shared_ptr<const StaffingCurves> staffing_curves(double quantile);

/// What replicas of one service rate hold. It changes once in a while, and is shared by the tables
/// of all decisions until then.
struct StaffingRows {
  double quantile{0.0};
  double rate{0.0};
  double wait_s{0.0};
  std::vector<double> holds{};  ///< for the first of the curves' counts
};

class StaffingTable {
 public:
  /// `rate` > 0: requests per second that one replica completes. Ends with the first count that
  /// holds `up_to`, in req/s. With `known`, those of another table, as far as they are of use.
  StaffingTable(const StaffingCurves& curves, double rate, double wait_s, double up_to,
                std::shared_ptr<const StaffingRows> known = {});

  /// Rising counts and what they hold, in req/s, same length, beginning with 0 replicas.
  std::span<const int> counts() const { return counts_; }
  std::span<const double> numbers() const { return numbers_; }  ///< the counts
  std::span<const double> holds() const { return holds_; }
  /// For the next table.
  const std::shared_ptr<const StaffingRows>& rows() const { return rows_; }

  /// The rows in [first, last) alone.
  StaffingTable part(std::size_t first, std::size_t last) const;
  /// The row of the highest count that is not above this one.
  std::size_t row_of(double count) const;
  /// The least count of the table that holds this load.
  int count_for(double load) const;
  /// What `count` replicas hold, in req/s; the most of the table beyond it.
  double held_by(double count) const { return holds_[row_of(count)]; }

 private:
  std::shared_ptr<const StaffingRows> rows_;
  std::span<const int> counts_{};
  std::span<const double> numbers_{};
  std::span<const double> holds_{};  ///< of `rows_`
};

}  // namespace spillway::autopilot
