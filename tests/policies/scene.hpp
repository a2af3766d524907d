// A small world to decide in: a cluster of ready replicas, burst groups, readings by name.
#pragma once

#include <map>
#include <string>

#include "controller/core/history.hpp"
#include "controller/core/snapshot.hpp"
#include "policies/policy.hpp"

namespace spillway::testing {

/// 2026-11-23T14:30:00Z, a Monday.
inline constexpr TimePoint monday{std::chrono::milliseconds{1'795'444'200'000}};

/// The groups of `count` burst replicas in one phase.
inline std::vector<Group> groups_in(GroupPhase phase, int count) {
  std::vector<Group> groups{};
  for (int i{0}; i < count; ++i)
    groups.push_back({.id = {"g" + std::to_string(i)}, .phase = phase});
  return groups;
}

/// `base` ready replicas, `burst` serving ones, 0.0594 USD/h each.
inline Snapshot scene(int base, int burst = 0, TimePoint at = monday) {
  Snapshot snapshot{.taken_at = at, .workload = "web"};
  snapshot.fleet.base = BasePool{.ready = {base}};
  snapshot.fleet.burst = groups_in(GroupPhase::serving, burst);
  snapshot.replica_price = {usd(0.0594)};
  return snapshot;
}

inline Snapshot& read(Snapshot& snapshot, std::string signal, double value) {
  snapshot.readings.set(std::move(signal), Reading::fresh(value, snapshot.taken_at));
  return snapshot;
}

/// Runs a policy alone, tick after tick, with its memory.
class Alone {
 public:
  explicit Alone(const Policy& policy) : policy_{policy} {}

  Recommendation tick(const Snapshot& now) {
    Recommendation asked{policy_.recommend(now, past_)};
    past_.memories[std::string{policy_.name()}] = asked.memory;
    if (asked.floor) past_.last = CountAt{now.taken_at, *asked.floor};
    return asked;
  }

  History& past() { return past_; }

 private:
  const Policy& policy_;
  History past_{};
};

}  // namespace spillway::testing
