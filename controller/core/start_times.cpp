#include "controller/core/start_times.hpp"

#include <algorithm>
#include <vector>

namespace spillway {
namespace {

/// The sample of nearest rank ceil(percent * n / 100), counted from one.
Duration nearest_rank(const std::vector<Duration>& sorted, std::size_t percent) {
  return sorted[(percent * sorted.size() + 99) / 100 - 1];
}

}  // namespace

StartTimes start_times_of(std::span<const Duration> samples) {
  if (samples.size() < start_samples_needed) return StartTimes{};
  std::vector<Duration> sorted{samples.begin(), samples.end()};
  std::ranges::sort(sorted);
  return {.median = nearest_rank(sorted, 50), .p95 = nearest_rank(sorted, 95)};
}

}  // namespace spillway
