#include "policies/latency/auto/choice.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace spillway::autopilot {
Choice choose(const StaffingTable& table, std::span<const double> tail_of, int least, int running,
              const Economics& economics) {
  const std::size_t within{std::min(tail_of.size(), table.counts().size())};
  // Iterators, since a span would ask at every number whether it has so many.
  const auto counts{table.counts().first(within).begin()};
  const auto numbers{table.numbers().first(within).begin()};
  const auto holds{table.holds().first(within).begin()};
  const auto tail{tail_of.first(within).begin()};
  const auto size{static_cast<std::ptrdiff_t>(within)};
  if (size == 0) return {.count = least};
  const int had{std::max(running, least)};
  // Those before have nothing to start, and those from it on nothing to give back.
  const auto first_start{
      std::clamp<std::ptrdiff_t>(std::upper_bound(counts, counts + size, had) - counts, 1, size)};
  // By count: of the replicas beyond the one before, the expected number that would be started for
  // nothing.
  std::vector<double> vain(within);
  const auto in_vain{vain.begin()};
  for (std::ptrdiff_t i{first_start}; i < size; ++i) {
    in_vain[i] = (numbers[i] - numbers[i - 1]) * (1.0 - std::min(tail[i - 1], 1.0));
  }
  if (first_start < size) {
    in_vain[first_start] =
        (counts[first_start] - had) * (1.0 - std::min(tail[first_start - 1], 1.0));
  }
  double starts{0.0};  // with the count of this round, and in vain ...
  for (std::ptrdiff_t i{first_start}; i < size; ++i) starts += in_vain[i];
  const double of_rent{economics.slot * economics.rent};
  const double of_late{economics.slot * economics.late_price};
  const double of_starts{economics.rent * economics.start_charge};
  double late{0.0};              // ... what is late with it ...
  double late_more{0.0};         // ... and with the count after
  double above{0.0};             // the tail of the count after
  double held{holds[size - 1]};  // by the count after
  const double least_number{static_cast<double>(least)};
  const auto cost_of{[&](std::ptrdiff_t i, double count, double started) {
    late_more = late;
    late += std::max(0.0, tail[i] - above) * held;
    above = tail[i];
    held = holds[i];
    return of_rent * (count - least_number) + of_late * late + of_starts * started;
  }};
  double least_cost{std::numeric_limits<double>::infinity()};
  std::ptrdiff_t best{size - 1};
  double best_late{0.0};
  double best_late_more{0.0};
  const auto weigh{[&](std::ptrdiff_t i, double cost) {
    if (cost <= least_cost) {
      least_cost = cost;
      best = i;
      best_late = late;
      best_late_more = late_more;
    }
  }};
  std::ptrdiff_t i{size};
  while (--i >= first_start) {
    weigh(i, cost_of(i, numbers[i], starts));
    starts -= in_vain[i];
  }
  double again{0.0};  // of those given back, how many are wanted again
  for (; i >= 0; --i) {
    const bool is_last{i + 1 == size};
    if (counts[i] < least && !is_last && counts[i + 1] <= least) break;
    if (!is_last && counts[i] < running) {
      again += tail[i] * (std::min(counts[i + 1], running) - counts[i]);
    }
    weigh(i, cost_of(i, std::max(numbers[i], least_number), starts + economics.restart * again));
  }
  const bool is_most{best + 1 == size};
  const int count{std::max(counts[best], least)};
  return {.count = count,
          .late_rate = best_late,
          .late_rate_more = best_late_more,
          .step = is_most ? 1 : std::max(1, counts[best + 1] - count),
          .is_most = is_most};
}

}  // namespace spillway::autopilot
