#include "policies/latency/auto/choice.hpp"

#include <algorithm>

namespace spillway::autopilot {

Choice choose(const StaffingTable& table, std::span<const double> tail, int least, int running,
              const Economics& economics) {
  const auto counts{table.counts()};
  const auto holds{table.holds()};
  const std::size_t size{std::min(tail.size(), counts.size())};
  Choice best{.count = least};
  double best_cost{-1.0};
  double late{0.0};   // with the count of this round ...
  double again{0.0};  // ... and how many of those given back are wanted again
  for (std::size_t i{size}; i-- > 0;) {
    const bool is_last{i + 1 == size};
    if (counts[i] < least && !is_last && counts[i + 1] <= least) break;
    const double late_more{late};
    late += std::max(0.0, tail[i] - (is_last ? 0.0 : tail[i + 1])) * holds[is_last ? i : i + 1];
    const int given_back{is_last ? 0 : std::min(counts[i + 1], running) - counts[i]};
    again += tail[i] * std::max(0, given_back);
    const int count{std::max(counts[i], least)};
    const double starts{static_cast<double>(std::max(0, count - running)) +
                        economics.restart * again};
    const double cost{economics.slot * (economics.rent * static_cast<double>(count - least) +
                                        economics.late_price * late) +
                      economics.rent * starts * economics.start_charge};
    if (best_cost >= 0.0 && cost > best_cost) continue;
    best_cost = cost;
    best = {.count = count,
            .late_rate = late,
            .late_rate_more = is_last ? 0.0 : late_more,
            .step = is_last ? 1 : std::max(1, counts[i + 1] - count)};
  }
  return best;
}

}  // namespace spillway::autopilot
