#include "policies/latency/auto/staffing_table.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace spillway::autopilot {
namespace {

constexpr int every_count_up_to{120};
constexpr int largest_count{100'000};
constexpr int exact_up_to{40};  // the recursion costs a step for each replica

/// The probability of having to wait at all.
double erlang_c(int replicas, double offered) {
  double blocking{1.0};
  for (int k{1}; k <= replicas; ++k) {
    blocking = offered * blocking / (static_cast<double>(k) + offered * blocking);
  }
  return blocking / (1.0 - offered / replicas * (1.0 - blocking));
}

double halfin_whitt(int replicas, double offered) {
  const double slack{(static_cast<double>(replicas) - offered) / std::sqrt(offered)};
  const double below{0.5 * std::erfc(-slack / std::numbers::sqrt2)};
  const double density{std::exp(-0.5 * slack * slack) / std::sqrt(2.0 * std::numbers::pi)};
  return 1.0 / (1.0 + slack * below / std::max(density, 1e-300));
}

/// The logarithm of how much too often requests wait, 0 at the objective: nearly linear in the
/// load.
double excess(int replicas, double rate, double load, const LatencyGoal& goal) {
  const double waiting{wait_beyond(replicas, rate, load, goal.wait_s)};
  return std::log(std::max(waiting, 1e-300) / (1.0 - goal.quantile));
}

/// Regula falsi in the Illinois variant: a tenth of the steps of a bisection.
double held_by(int replicas, double rate, const LatencyGoal& goal) {
  double low{1e-6 * rate};
  double high{(1.0 - 1e-9) * rate * replicas};
  double at_low{excess(replicas, rate, low, goal)};
  double at_high{excess(replicas, rate, high, goal)};
  if (at_low >= 0.0) return 0.0;
  if (at_high <= 0.0) return high;
  for (int step{0}; step < 24 && high - low > 1e-6 * high; ++step) {
    const double load{low - at_low * (high - low) / (at_high - at_low)};
    const double at_load{excess(replicas, rate, load, goal)};
    if (at_load <= 0.0) {
      low = load;
      at_low = at_load;
      at_high *= 0.5;
    } else {
      high = load;
      at_high = at_load;
      at_low *= 0.5;
    }
  }
  return low;
}

}  // namespace

double wait_beyond(int replicas, double rate, double load, double wait_s) {
  const double capacity{rate * replicas};
  if (load >= capacity) return 1.0;
  if (load <= 0.0) return 0.0;
  const double offered{load / rate};
  const double waits{replicas <= exact_up_to ? erlang_c(replicas, offered)
                                             : halfin_whitt(replicas, offered)};
  return waits * std::exp(-(capacity - load) * wait_s);
}

StaffingTable::StaffingTable(double rate, const LatencyGoal& goal, double up_to) {
  counts_.push_back(0);
  holds_.push_back(0.0);
  for (int count{1}; count <= largest_count && holds_.back() < up_to;) {
    counts_.push_back(count);
    holds_.push_back(std::max(held_by(count, rate, goal), holds_.back()));
    count += count < every_count_up_to ? 1 : count / 50;
  }
}

int StaffingTable::count_for(double load) const {
  const auto found{std::ranges::lower_bound(holds_, load)};
  if (found == holds_.end()) return counts_.back();
  return counts_[static_cast<std::size_t>(found - holds_.begin())];
}

}  // namespace spillway::autopilot
