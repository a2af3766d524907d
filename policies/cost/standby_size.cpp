#include "policies/cost/standby_size.hpp"

#include <algorithm>

namespace spillway {
namespace {

using namespace std::chrono_literals;

/// Shorter observations say more about when they began than about the load.
constexpr Duration observed_needed{1h};

}  // namespace

void describe(Fields& fields, StandbySettings& settings) {
  choose(fields, "sizing", settings.sizing, standby_sizing_words,
         "`fixed` keeps `size` groups warm, `auto` as many as have paid off lately.");
  fields.count("size", settings.size, {.max = 100}, "Groups to keep warm, for `sizing: fixed`.");
  fields.count("max", settings.max, {.max = 100}, "Most groups to keep warm, for `sizing: auto`.");
  fields.number("worth", settings.worth, {.min = 0.1, .max = 10'000.0},
                "For `sizing: auto`: a request on time is worth that many times what serving it "
                "costs.");
  fields.duration("look_back", settings.look_back, {.min = 1h, .max = 24h * 31},
                  "For `sizing: auto`: the starts that count.");
  fields.duration("warm_start", settings.warm_start, {.max = 10min},
                  "For `sizing: auto`: how long a group from the pool takes to serve.");
}

std::vector<int> burst_sizes(std::vector<TimePoint> starts, Duration together) {
  std::sort(starts.begin(), starts.end());
  std::vector<int> sizes{};
  TimePoint first{};
  for (const TimePoint start : starts) {
    if (sizes.empty() || start - first >= together) {
      sizes.push_back(0);
      first = start;
    }
    ++sizes.back();
  }
  return sizes;
}

int standby_size(const StandbySettings& settings, const std::vector<TimePoint>& starts,
                 Duration observed, Duration cold_start) {
  if (settings.sizing == StandbySizing::fixed) return settings.size;
  const Duration saved{cold_start - settings.warm_start};
  if (saved <= Duration::zero() || observed < observed_needed) return 0;
  const std::vector<int> bursts{burst_sizes(starts, cold_start)};
  int kept{0};
  while (kept < settings.max) {
    const auto uses{
        std::count_if(bursts.begin(), bursts.end(), [kept](int size) { return size > kept; })};
    const double paid_for{static_cast<double>(uses) * settings.worth * seconds(saved)};
    if (paid_for < seconds(observed)) break;
    ++kept;
  }
  return kept;
}

}  // namespace spillway
