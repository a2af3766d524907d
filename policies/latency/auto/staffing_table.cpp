#include "policies/latency/auto/staffing_table.hpp"

#include <algorithm>
#include <cmath>

#include "policies/erlang.hpp"

namespace spillway::autopilot {
namespace {

constexpr int every_count_up_to{120};
constexpr int largest_count{20'000};
constexpr double least_exponent{-8.0};  // of two, for x; below, all wait or none
constexpr double usual_quantile{0.95};

/// The logarithm of how much too often requests wait, 0 at the objective: nearly linear in the
/// load. In units of the rate: each replica completes one request in one unit of time.
double excess(int replicas, double load, double wait, double quantile) {
  const double waiting{replicas <= every_count_up_to
                           ? share_waiting_longer(replicas, load, 1.0, wait)
                           : share_waiting_longer_of_many(replicas, load, 1.0, wait)};
  return std::log(std::max(waiting, 1e-300) / (1.0 - quantile));
}

/// Regula falsi in the Illinois variant: a tenth of the steps of a bisection.
double held_by(int replicas, double wait, double quantile) {
  double low{1e-6};
  double high{(1.0 - 1e-9) * replicas};
  double at_low{excess(replicas, low, wait, quantile)};
  double at_high{excess(replicas, high, wait, quantile)};
  if (at_low >= 0.0) return 0.0;
  if (at_high <= 0.0) return high;
  for (int step{0}; step < 24 && high - low > 1e-6 * high; ++step) {
    const double load{low - at_low * (high - low) / (at_high - at_low)};
    const double at_load{excess(replicas, load, wait, quantile)};
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

StaffingCurves::StaffingCurves(double quantile) {
  counts_.push_back(0);
  shares_.emplace_back();
  for (int count{1}; count <= largest_count; count += count < every_count_up_to ? 1 : count / 50) {
    counts_.push_back(count);
    std::array<double, columns>& row{shares_.emplace_back()};
    for (std::size_t c{0}; c < columns; ++c) {
      const double wait{std::exp2(least_exponent + static_cast<double>(c))};
      row[c] = held_by(count, wait, quantile) / count;
    }
  }
}

StaffingCurves::Place StaffingCurves::place(double x) {
  const double last{static_cast<double>(columns - 1)};
  const double exact{std::clamp(std::log2(x) - least_exponent, 1.0, last - 1.0 - 1e-9)};
  const double t{exact - std::floor(exact)};
  // The cubic through two columns with the slopes of their neighbours (Catmull and Rom).
  return {.column = static_cast<std::size_t>(exact) - 1,
          .weights = {0.5 * t * (-1.0 + t * (2.0 - t)), 0.5 * (2.0 + t * t * (3.0 * t - 5.0)),
                      0.5 * t * (1.0 + t * (4.0 - 3.0 * t)), 0.5 * t * t * (t - 1.0)}};
}

double StaffingCurves::share(std::size_t row, const Place& place) const {
  const std::span around{std::span{shares_[row]}.subspan(place.column).first<4>()};
  return place.weights[0] * around[0] + place.weights[1] * around[1] +
         place.weights[2] * around[2] + place.weights[3] * around[3];
}

std::shared_ptr<const StaffingCurves> staffing_curves(double quantile) {
  static const auto usual{std::make_shared<const StaffingCurves>(usual_quantile)};
  return quantile == usual_quantile ? usual : std::make_shared<const StaffingCurves>(quantile);
}

StaffingTable::StaffingTable(const StaffingCurves& curves, double rate, double wait_s,
                             double up_to) {
  const StaffingCurves::Place place{StaffingCurves::place(rate * wait_s)};
  const auto counts{curves.counts()};
  holds_.reserve(128);
  double held{0.0};
  holds_.push_back(held);
  for (std::size_t row{1}; row < counts.size() && held < up_to; ++row) {
    held = std::max(held, curves.share(row, place) * rate * counts[row]);
    holds_.push_back(held);
  }
  counts_ = counts.first(holds_.size());
}

int StaffingTable::count_for(double load) const {
  const auto found{std::ranges::lower_bound(holds_, load)};
  if (found == holds_.end()) return counts_.back();
  return counts_[static_cast<std::size_t>(found - holds_.begin())];
}

double StaffingTable::held_by(double count) const {
  const auto beyond{std::ranges::find_if(counts_, [count](int each) { return each > count; })};
  return holds_[static_cast<std::size_t>(
      std::max<std::ptrdiff_t>(0, beyond - counts_.begin() - 1))];
}

}  // namespace spillway::autopilot
