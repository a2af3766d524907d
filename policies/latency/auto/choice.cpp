#include "policies/latency/auto/choice.hpp"

#include <algorithm>

namespace spillway::autopilot {
namespace {

/// Of the replicas that the i-th count has beyond the one before, the expected number that would be
/// started for nothing.
double in_vain(std::span<const int> counts, std::span<const double> tail, std::size_t i, int had) {
  if (i == 0) return 0.0;
  const int started{std::max(0, counts[i] - std::max(had, counts[i - 1]))};
  return static_cast<double>(started) * (1.0 - std::min(tail[i - 1], 1.0));
}

}  // namespace

Choice choose(const StaffingTable& table, std::span<const double> tail, int least, int running,
              const Economics& economics) {
  const auto counts{table.counts()};
  const auto holds{table.holds()};
  const std::size_t size{std::min(tail.size(), counts.size())};
  Choice best{.count = least};
  double best_cost{-1.0};
  const int had{std::max(running, least)};
  double starts{0.0};  // with the count of this round, and in vain ...
  for (std::size_t i{0}; i < size; ++i) starts += in_vain(counts, tail, i, had);
  double late{0.0};   // ... what is late with it ...
  double again{0.0};  // ... and how many of those given back are wanted again
  for (std::size_t i{size}; i-- > 0;) {
    const bool is_last{i + 1 == size};
    if (counts[i] < least && !is_last && counts[i + 1] <= least) break;
    const double late_more{late};
    late += std::max(0.0, tail[i] - (is_last ? 0.0 : tail[i + 1])) * holds[is_last ? i : i + 1];
    const int given_back{is_last ? 0 : std::min(counts[i + 1], running) - counts[i]};
    again += tail[i] * std::max(0, given_back);
    const int count{std::max(counts[i], least)};
    const double cost{
        economics.slot *
            (economics.rent * static_cast<double>(count - least) + economics.late_price * late) +
        economics.rent * (starts + economics.restart * again) * economics.start_charge};
    starts -= in_vain(counts, tail, i, had);
    if (best_cost >= 0.0 && cost > best_cost) continue;
    best_cost = cost;
    best = {.count = count,
            .late_rate = late,
            .late_rate_more = is_last ? 0.0 : late_more,
            .step = is_last ? 1 : std::max(1, counts[i + 1] - count),
            .is_most = is_last};
  }
  return best;
}

}  // namespace spillway::autopilot
