#include "tests/policies/auto/fluid_service.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <numeric>
#include <utility>
#include <vector>

namespace spillway::testing {
namespace {

struct Window {
  double load{0.0};
  double utilization{0.0};
  double late{0.0};
  double queue{0.0};
};

}  // namespace

FluidOutcome play(const AutoSettings& settings, const FluidService& service, double until_s,
                  const std::function<double(double)>& load_of) {
  const AutoPolicy policy{settings};
  History past{};
  FluidOutcome outcome{};
  int ready{0};
  std::deque<double> starting{};  // when each will be ready
  std::deque<double> utilizations{};
  double backlog{0.0};
  Window newest{};
  double late{0.0};
  double late_later{0.0};
  double all{0.0};
  double all_later{0.0};
  for (double at_s{0.0}; at_s < until_s; at_s += service.period_s) {
    while (!starting.empty() && starting.front() <= at_s) {
      ++ready;
      starting.pop_front();
    }
    const double load{load_of(at_s)};
    const bool is_slower{at_s >= until_s / 2.0};
    const double rate{service.rate / (is_slower ? service.slower_by : 1.0)};
    const double capacity{rate * (service.base + ready)};
    const double done{std::min(load + backlog / service.period_s, capacity)};
    backlog = std::clamp(backlog + (load - done) * service.period_s, 0.0, 10.0 * capacity);
    const bool is_slow{service.is_slow_anyway ||
                       (at_s >= service.slow_from_s && at_s < service.slow_until_s)};
    const bool is_late{is_slow || load > service.late_above * capacity ||
                       backlog > 0.05 * capacity};
    const double requests{load * service.period_s};
    late += is_late ? requests : 0.0;
    if (is_late) outcome.late_minutes += service.period_s / 60.0;
    if (is_late && is_slower) outcome.late_minutes_second_half += service.period_s / 60.0;
    all += requests;
    if (at_s >= until_s / 2.0) {
      late_later += is_late ? requests : 0.0;
      all_later += requests;
    }
    Snapshot now{.taken_at = TimePoint{duration_of_seconds(at_s + service.period_s)},
                 .workload = "web"};
    const double busy{capacity > 0.0 ? service.busy_when_full * done / capacity : 0.0};
    const double utilization{at_s < service.wrong_until_s ? 0.06
                             : capacity > 0.0             ? std::min(1.0, service.idle_work + busy)
                                                          : 0.0};
    const Window window{.load = at_s == service.glitch_at_s ? 1e9 : load,
                        .utilization = utilization,
                        .late = is_late && load > 0.0 ? 1.0 : 0.0,
                        .queue = backlog + (service.counts_in_service ? done / rate : 0.0)};
    // Metrics are a window old when they are seen.
    Window seen{std::exchange(newest, window)};
    const auto averaged{static_cast<std::size_t>(service.averaged_s / service.period_s)};
    if (averaged > 1) {
      utilizations.push_back(seen.utilization);
      if (utilizations.size() > averaged) utilizations.pop_front();
      seen.utilization = std::accumulate(utilizations.begin(), utilizations.end(), 0.0) /
                         static_cast<double>(utilizations.size());
    }
    now.readings.set("load", Reading::fresh(seen.load, now.taken_at));
    if (service.tells_utilization) {
      now.readings.set("utilization", Reading::fresh(seen.utilization, now.taken_at));
    }
    if (service.tells_late) now.readings.set("late", Reading::fresh(seen.late, now.taken_at));
    if (service.tells_queue) now.readings.set("queue", Reading::fresh(seen.queue, now.taken_at));
    now.fleet.base = BasePool{.ready = {service.base}, .desired = {service.base}};
    now.fleet.burst.emplace();
    const auto add{[&now](int replicas, GroupPhase phase) {
      if (replicas == 0) return;
      Group group{.id = {}, .phase = phase};
      group.size.replicas = {replicas};
      now.fleet.burst->push_back(group);
    }};
    add(ready, GroupPhase::serving);
    add(static_cast<int>(starting.size()), GroupPhase::starting);
    Recommendation asked{policy.recommend(now, past)};
    if (asked.floor) {
      const int wanted{std::max(0, asked.floor->count - service.base)};
      while (ready + static_cast<int>(starting.size()) < wanted) {
        starting.push_back(at_s + service.start_s);
        ++outcome.creates;
      }
      while (ready + static_cast<int>(starting.size()) > wanted && !asked.is_hold) {
        if (starting.empty()) {
          --ready;
        } else {
          starting.pop_back();
        }
      }
    }
    outcome.replica_hours += (service.base + ready) * service.period_s / 3'600.0;
    outcome.words = asked.words;
    outcome.last = service.base + ready + static_cast<int>(starting.size());
    outcome.most = std::max(outcome.most, outcome.last);
    past.memories["auto"] = std::move(asked.memory);
  }
  outcome.late_share = all > 0.0 ? late / all : 0.0;
  outcome.late_share_second_half = all_later > 0.0 ? late_later / all_later : 0.0;
  return outcome;
}

}  // namespace spillway::testing
