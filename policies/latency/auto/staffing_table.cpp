#include "policies/latency/auto/staffing_table.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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

/// Some more than needed: a little more load finds them.
StaffingRows rows_up_to(const StaffingCurves& curves, double rate, double wait_s, double up_to) {
  const StaffingCurves::Place place{StaffingCurves::place(rate * wait_s)};
  const auto counts{curves.counts()};
  constexpr std::size_t at_a_time{16};  // how many there will be is not known before
  StaffingRows rows{.quantile = curves.quantile(), .rate = rate, .wait_s = wait_s, .holds = {0.0}};
  std::vector<double>& holds{rows.holds};
  double held{0.0};
  while (holds.size() < counts.size() && held < up_to) {
    const std::size_t row{holds.size()};
    const auto more{counts.subspan(row, std::min(at_a_time, counts.size() - row))};
    holds.resize(row + more.size());
    const std::span added{std::span{holds}.subspan(row)};
    curves.shares(row, place, added);
    auto hold{added.begin()};
    for (const int count : more) {
      held = std::max(held, *hold * rate * count);
      *hold++ = held;
    }
  }
  return rows;
}

}  // namespace

StaffingCurves::StaffingCurves(double quantile) : quantile_{quantile} {
  counts_.push_back(0);
  for (auto& column : shares_) column.push_back(0.0);
  for (int count{1}; count <= largest_count; count += count < every_count_up_to ? 1 : count / 50) {
    counts_.push_back(count);
    for (std::size_t c{0}; c < columns; ++c) {
      const double wait{std::exp2(least_exponent + static_cast<double>(c))};
      shares_[c].push_back(held_by(count, wait, quantile) / count);
    }
  }
  numbers_.assign(counts_.begin(), counts_.end());
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

void StaffingCurves::shares(std::size_t row, const Place& place, std::span<double> found) const {
  const auto column{[&](std::size_t c) {
    return std::span{shares_[place.column + c]}.subspan(row, found.size()).begin();
  }};
  const std::array around{column(0), column(1), column(2), column(3)};
  const auto& weights{place.weights};
  const auto to{found.begin()};
  const auto count{static_cast<std::ptrdiff_t>(found.size())};
  for (std::ptrdiff_t i{0}; i < count; ++i) {
    to[i] = weights[0] * around[0][i] + weights[1] * around[1][i] + weights[2] * around[2][i] +
            weights[3] * around[3][i];
  }
}

std::shared_ptr<const StaffingCurves> staffing_curves(double quantile) {
  static const auto usual{std::make_shared<const StaffingCurves>(usual_quantile)};
  return quantile == usual_quantile ? usual : std::make_shared<const StaffingCurves>(quantile);
}

StaffingTable::StaffingTable(const StaffingCurves& curves, double rate, double wait_s, double up_to,
                             std::shared_ptr<const StaffingRows> known)
    : rows_{std::move(known)} {
  const auto counts{curves.counts()};
  const bool is_same{rows_ && rows_->rate == rate && rows_->wait_s == wait_s &&
                     rows_->quantile == curves.quantile()};
  const auto suffices{[&](const StaffingRows& rows) {
    return rows.holds.back() >= up_to || rows.holds.size() == counts.size();
  }};
  if (!is_same || !suffices(*rows_)) {
    rows_ = std::make_shared<const StaffingRows>(rows_up_to(curves, rate, wait_s, up_to));
  }
  const auto enough{std::ranges::lower_bound(rows_->holds, up_to)};
  const auto size{static_cast<std::size_t>(enough - rows_->holds.begin()) +
                  (enough == rows_->holds.end() ? 0U : 1U)};
  holds_ = std::span{rows_->holds}.first(size);
  counts_ = counts.first(size);
  numbers_ = curves.numbers().first(size);
}

StaffingTable StaffingTable::part(std::size_t first, std::size_t last) const {
  StaffingTable some{*this};
  some.counts_ = counts_.subspan(first, last - first);
  some.numbers_ = numbers_.subspan(first, last - first);
  some.holds_ = holds_.subspan(first, last - first);
  return some;
}

std::size_t StaffingTable::row_of(double count) const {
  const auto beyond{std::ranges::upper_bound(counts_, count)};
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, beyond - counts_.begin() - 1));
}

int StaffingTable::count_for(double load) const {
  const auto found{std::ranges::lower_bound(holds_, load)};
  if (found == holds_.end()) return counts_.back();
  return counts_[static_cast<std::size_t>(found - holds_.begin())];
}

}  // namespace spillway::autopilot
