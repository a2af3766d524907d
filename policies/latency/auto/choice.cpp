#include "policies/latency/auto/choice.hpp"

#include <algorithm>
#include <vector>

namespace spillway::autopilot {

Choice choose(const StaffingTable& table, std::span<const double> tail, int least, int running,
              const Economics& economics) {
  const auto counts{table.counts()};
  const auto holds{table.holds()};
  const std::size_t size{std::min(tail.size(), counts.size())};
  std::vector<double> late(size, 0.0);
  std::vector<double> again(size, 0.0);
  for (std::size_t i{size}; i-- > 0;) {
    const bool is_last{i + 1 == size};
    const double next_tail{is_last ? 0.0 : tail[i + 1]};
    const double next_load{is_last ? holds[i] : holds[i + 1]};
    late[i] = (is_last ? 0.0 : late[i + 1]) + std::max(0.0, tail[i] - next_tail) * next_load;
    const int given_back{is_last ? 0 : std::min(counts[i + 1], running) - counts[i]};
    again[i] = (is_last ? 0.0 : again[i + 1]) + tail[i] * std::max(0, given_back);
  }
  Choice best{.count = least};
  double best_cost{-1.0};
  for (std::size_t i{0}; i < size; ++i) {
    if (counts[i] < least && i + 1 < size && counts[i + 1] <= least) continue;
    const int count{std::max(counts[i], least)};
    const double starts{static_cast<double>(std::max(0, count - running)) +
                        economics.restart * again[i]};
    const double cost{economics.slot * (economics.rent * static_cast<double>(count - least) +
                                        economics.late_price * late[i]) +
                      economics.rent * starts * economics.start_charge};
    if (best_cost >= 0.0 && cost >= best_cost) continue;
    best_cost = cost;
    best = {.count = count,
            .late_rate = late[i],
            .late_rate_more = i + 1 < size ? late[i + 1] : 0.0,
            .step = i + 1 < size ? std::max(1, counts[i + 1] - count) : 1};
  }
  return best;
}

}  // namespace spillway::autopilot
