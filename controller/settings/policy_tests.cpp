#include "controller/settings/policy_tests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spillway::settings {
namespace {

/// What ACI asked for a vCPU and 2 GB when this was written; only comparisons depend on it.
constexpr double usual_price_usd{0.0594};

int ticks_of(const TestStretch& stretch, Duration every) {
  return std::max(1, static_cast<int>(stretch.lasts / every));
}

Reading reading_of(const std::string& text, TimePoint now) {
  const auto parsed{parse_test_reading(text)};
  if (!parsed || parsed->kind == TestReading::Kind::missing) return Reading::missing("in the test");
  if (parsed->kind == TestReading::Kind::stale) {
    return Reading::stale(parsed->value, now - std::chrono::minutes{10}, "in the test");
  }
  return Reading::fresh(parsed->value, now);
}

void add_groups(std::vector<Group>& groups, GroupPhase phase, int count) {
  for (int i{0}; i < count; ++i) {
    groups.push_back({.id = {fmt::format("burst-{}", groups.size())}, .phase = phase});
  }
}

StartTimes start_times_of(const TestStretch& stretch) {
  StartTimes times{};
  if (stretch.start_median) times = {*stretch.start_median, 2 * *stretch.start_median};
  if (stretch.start_p95) times.p95 = *stretch.start_p95;
  times.median = std::min(times.median, times.p95);
  return times;
}

Snapshot snapshot_of(const TestStretch& stretch, const std::string& workload, TimePoint now,
                     Replicas decided_burst) {
  Snapshot snapshot{.taken_at = now, .workload = workload};
  for (const auto& [signal, text] : stretch.readings) {
    snapshot.readings.set(signal, reading_of(text, now));
  }
  if (stretch.base) {
    snapshot.fleet.base = BasePool{.ready = {*stretch.base},
                                   .desired = {*stretch.base + stretch.pending},
                                   .pending = {stretch.pending}};
  }
  snapshot.fleet.vms = {.ready = {stretch.vms}, .starting = {stretch.vms_starting}};
  const int decided{std::max(0, decided_burst.count - stretch.burst_starting)};
  std::vector<Group>& groups{snapshot.fleet.burst.emplace()};
  add_groups(groups, GroupPhase::serving, stretch.burst.value_or(decided));
  add_groups(groups, GroupPhase::starting, stretch.burst_starting);
  add_groups(groups, GroupPhase::draining, stretch.burst_draining);
  snapshot.start_times = start_times_of(stretch);
  if (stretch.has_standby) {
    const TestStandby& standby{stretch.standby};
    snapshot.standby =
        Standby{.ready = {standby.ready}, .starting = {standby.starting}, .start = standby.start};
  }
  snapshot.replica_price = stretch.price.value_or(HourlyPrice{usd(usual_price_usd)});
  snapshot.spend = {.this_hour = stretch.spent_this_hour.value_or(Money{}),
                    .today = stretch.spent_today.value_or(Money{}),
                    .this_month = stretch.spent_this_month.value_or(Money{})};
  return snapshot;
}

std::string trail_of(const Decision& decision) {
  std::string words{summary(decision)};
  for (const Recommendation& each : decision.recommendations) {
    words += fmt::format("; {}: {}", each.policy, each.words);
  }
  return words;
}

/// Complains about what does not hold, each time at the key that expected it.
class Judge {
 public:
  Judge(const Node& root, std::vector<std::string> steps, const Decision& decision,
        const PolicyTestConfig& test, Complaints& complaints)
      : root_{root},
        steps_{std::move(steps)},
        decision_{decision},
        test_{test},
        complaints_{complaints} {}

  void judge() {
    const TestExpectation& expect{test_.expect};
    count("desired", expect.desired, decision_.desired);
    count("burst", expect.burst, decision_.burst);
    count("vms", expect.vms, decision_.vms);
    if (expect.at_least && decision_.desired.count < *expect.at_least) {
      report("at_least", fmt::format("at least {} desired", *expect.at_least),
             fmt::format("{}", decision_.desired.count));
    }
    if (expect.at_most && decision_.desired.count > *expect.at_most) {
      report("at_most", fmt::format("at most {} desired", *expect.at_most),
             fmt::format("{}", decision_.desired.count));
    }
    if (!expect.because.empty() && expect.because != to_string(decision_.because)) {
      report("because", expect.because, std::string{to_string(decision_.because)});
    }
  }

 private:
  void count(std::string_view key, const std::optional<int>& expected, Replicas got) {
    if (!expected || *expected == got.count) return;
    report(key, fmt::format("{} {}", key, *expected), fmt::format("{}", got.count));
  }

  void report(std::string_view key, const std::string& expected, const std::string& got) {
    std::vector<std::string_view> steps(steps_.begin(), steps_.end());
    steps.insert(steps.end(), {"expect", key});
    Place place{locate(root_, steps)};
    complaints_.report(place.mark, std::move(place.path),
                       fmt::format("test {} failed: expected {}, got {} ({})", quoted(test_.name),
                                   expected, got, trail_of(decision_)));
  }

  const Node& root_;
  std::vector<std::string> steps_;
  const Decision& decision_;
  const PolicyTestConfig& test_;
  Complaints& complaints_;
};

bool is_too_long(const PolicyTestConfig& test) {
  Duration all{};
  for (const TestStretch& stretch : test.given) all += stretch.lasts;
  return all / test.every + static_cast<Duration::rep>(test.given.size()) > test_ticks_max;
}

}  // namespace

Decision decision_of(const std::string& name, const WorkloadConfig& workload,
                     const PolicyTestConfig& test) {
  const DecisionPolicy policy{decision_policy(workload)};
  TimePoint now{parse_instant(test.start).value_or(TimePoint{})};
  Decided last{};
  for (const TestStretch& stretch : test.given) {
    for (int tick{0}; tick < ticks_of(stretch, test.every); ++tick) {
      const Snapshot snapshot{snapshot_of(stretch, name, now, last.decision.burst)};
      last = decide(policy, snapshot, last.next);
      now += test.every;
    }
  }
  return last.decision;
}

int run_policy_tests(const Config& config, const Node& root, Complaints& complaints) {
  int count{0};
  for (const auto& [name, workload] : config.workloads) {
    for (std::size_t i{0}; i < workload.tests.size(); ++i) {
      const PolicyTestConfig& test{workload.tests[i]};
      const std::vector<std::string> steps{"workloads", name, "tests", fmt::format("{}", i)};
      ++count;
      if (is_too_long(test)) {
        Place place{locate(root, std::vector<std::string_view>(steps.begin(), steps.end()))};
        complaints.report(place.mark, std::move(place.path),
                          fmt::format("has more than {} ticks", test_ticks_max));
        continue;
      }
      const Decision decision{decision_of(name, workload, test)};
      Judge{root, steps, decision, test, complaints}.judge();
    }
  }
  return count;
}

}  // namespace spillway::settings
