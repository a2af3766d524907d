#include "policies/latency/auto/choice.hpp"

#include <algorithm>
#include <cstddef>

namespace spillway::autopilot {
namespace {

/// Of the replicas that the i-th count has beyond the one before, the expected number that would be
/// started for nothing. None of `had` is.
template <class Counts, class Tail>
double in_vain(Counts counts, Tail tail, std::ptrdiff_t i, int had) {
  if (i == 0 || counts[i] <= had) return 0.0;
  const int started{counts[i] - std::max(had, counts[i - 1])};
  return static_cast<double>(started) * (1.0 - std::min(tail[i - 1], 1.0));
}

}  // namespace

Choice choose(const StaffingTable& table, std::span<const double> tail_of, int least, int running,
              const Economics& economics) {
  const std::size_t within{std::min(tail_of.size(), table.counts().size())};
  // Iterators, since a span would ask at every number whether it has so many.
  const auto counts{table.counts().first(within).begin()};
  const auto holds{table.holds().first(within).begin()};
  const auto tail{tail_of.first(within).begin()};
  struct Best {
    double cost{-1.0};
    std::ptrdiff_t i{0};
    double late{0.0};
    double late_more{0.0};
  };
  Best best{};
  const auto size{static_cast<std::ptrdiff_t>(within)};
  const int had{std::max(running, least)};
  double starts{0.0};  // with the count of this round, and in vain ...
  for (std::ptrdiff_t i{0}; i < size; ++i) starts += in_vain(counts, tail, i, had);
  const double of_rent{economics.slot * economics.rent};
  const double of_late{economics.slot * economics.late_price};
  const double of_starts{economics.rent * economics.start_charge};
  double late{0.0};   // ... what is late with it ...
  double again{0.0};  // ... and how many of those given back are wanted again
  for (std::ptrdiff_t i{size}; i-- > 0;) {
    const bool is_last{i + 1 == size};
    if (counts[i] < least && !is_last && counts[i + 1] <= least) break;
    const double late_more{late};
    late += std::max(0.0, tail[i] - (is_last ? 0.0 : tail[i + 1])) * holds[is_last ? i : i + 1];
    if (!is_last && counts[i] < running) {
      again += tail[i] * (std::min(counts[i + 1], running) - counts[i]);
    }
    const int count{std::max(counts[i], least)};
    const double cost{of_rent * static_cast<double>(count - least) + of_late * late +
                      of_starts * (starts + economics.restart * again)};
    starts -= in_vain(counts, tail, i, had);
    if (best.cost < 0.0 || cost <= best.cost) best = {cost, i, late, late_more};
  }
  if (best.cost < 0.0) return {.count = least};
  const bool is_most{best.i + 1 == size};
  const int count{std::max(counts[best.i], least)};
  return {.count = count,
          .late_rate = best.late,
          .late_rate_more = best.late_more,
          .step = is_most ? 1 : std::max(1, counts[best.i + 1] - count),
          .is_most = is_most};
}

}  // namespace spillway::autopilot
