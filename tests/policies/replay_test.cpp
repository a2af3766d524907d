#include "policies/replay.hpp"

#include <algorithm>

#include "controller/loop/journalist.hpp"
#include "policies/cost/budget.hpp"
#include "policies/latency/saturation.hpp"
#include "policies/latency/surge.hpp"
#include "policies/latency/target_utilization.hpp"
#include "policies/script/lua_policy.hpp"
#include "tests/policies/scene.hpp"
#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::replay_test {
namespace {

using namespace std::chrono_literals;
using testing::monday;
using testing::read;
using testing::scene;

DecisionPolicy usual() {
  DecisionPolicy policy{};
  policy.policies.push_back(
      std::make_unique<TargetUtilization>(TargetUtilizationSettings{.replica_capacity_rps = 10.0}));
  policy.policies.push_back(std::make_unique<Budget>(BudgetSettings{.per_day = usd(20.0)}));
  policy.limits.max_burst = 10;
  return policy;
}

/// What would have been decided at a single tick, with the history as it was.
std::vector<Counterfactual> at_once(const DecisionPolicy& policy, const Snapshot& now,
                                    const Decision& journalled = {}) {
  const History nothing{};
  const std::vector<JournalledTick> one{{now, nothing, journalled}};
  return counterfactuals(policy, one);
}

/// A tick as the journal has it.
struct Entry {
  Snapshot now{};
  History past{};
  Decision decision{};
};

/// The entries that a journal keeps: of what is new, and now and then one all the same.
class Journal {
 public:
  void see(const Snapshot& now, const History& past, const Decision& decision) {
    if (journalist_.wants(decision, {}, 5min)) entries_.push_back({now, past, decision});
  }

  std::vector<JournalledTick> ticks() const {
    std::vector<JournalledTick> all{};
    for (const Entry& each : entries_) all.push_back({each.now, each.past, each.decision});
    return all;
  }

 private:
  Journalist journalist_{};
  std::vector<Entry> entries_{};
};

Decision decision_without(const std::vector<Counterfactual>& all, std::string_view what) {
  const auto found{std::ranges::find(all, what, &Counterfactual::without)};
  REQUIRE(found != all.end());
  return found->decision;
}

TEST_CASE("without the budget four more: what each part of a decision costs or saves") {
  Snapshot now{scene(6, 2)};
  read(now, "load", 77.0);  // 11 replicas
  now.spend.today = usd(20.0);
  const auto all{at_once(usual(), now)};
  CHECK(all.size() == 4);
  CHECK(decide(usual(), now, {}).decision.desired == 8_replicas);
  CHECK(decision_without(all, "budget").desired == 11_replicas);
  CHECK(decision_without(all, "target_utilization").desired == 8_replicas);

  read(now, "load", 350.0);  // 50 replicas
  now.spend = {};
  CHECK(decide(usual(), now, {}).decision.burst == 10_replicas);
  CHECK(decision_without(at_once(usual(), now), "limits").burst == 44_replicas);

  read(now, "load", 7.0);
  CHECK(decide(usual(), now, {}).decision.desired == 8_replicas);  // the window holds it
  CHECK(decision_without(at_once(usual(), now), "behavior").desired == 1_replicas);
}

TEST_CASE("what the allocator cut is not blamed on a policy, and is told of itself") {
  Snapshot now{scene(6, 0)};
  read(now, "load", 155.0);
  DecisionPolicy alone{};
  alone.policies.push_back(
      std::make_unique<TargetUtilization>(TargetUtilizationSettings{.replica_capacity_rps = 10.0}));
  alone.limits.max_burst = 100;
  Decided was{decide(alone, now, {})};
  const Replicas wanted{was.decision.burst};
  apply_grant(was, 4_replicas);
  REQUIRE(was.decision.burst == 4_replicas);
  const auto all{at_once(alone, now, was.decision)};
  CHECK(decision_without(all, "behavior").burst == 4_replicas);
  CHECK(decision_without(all, "limits").burst == 4_replicas);
  CHECK(decision_without(all, "allocator").burst == wanted);
}

/// Decides `load` every 15 s from `from` to `until` on a fleet that follows; all of it is told to
/// the journal, and the last tick is kept in any case.
struct Course {
  DecisionPolicy policy{};
  History past{};
  Journal journal{};
  Entry last{};

  void play(double load, Duration from, Duration until) {
    for (Duration at{from}; at < until; at += 15s) {
      Snapshot now{scene(4, past.last_burst.value_or(0_replicas).count, monday + at)};
      read(now, "load", load);
      Decided decided{decide(policy, now, past)};
      journal.see(now, past, decided.decision);
      last = {now, past, decided.decision};
      past = std::move(decided.next);
    }
  }

  std::vector<JournalledTick> ticks() const {
    std::vector<JournalledTick> all{journal.ticks()};
    if (all.back().now.taken_at < last.now.taken_at) {
      all.push_back({last.now, last.past, last.decision});
    }
    return all;
  }
};

/// 140 req/s, then 7, while a second policy asks for eight all along.
Course after_a_peak(Duration ago) {
  Course course{.policy = usual()};
  course.policy.policies.back() = std::make_shared<LuaPolicy>(
      LuaSettings{.source = "function recommend(now) return {floor = 8} end"});
  course.policy.limits.max_burst = 100;
  course.play(140.0, 0s, 20min);
  course.play(7.0, 20min, 20min + ago);
  return course;
}

TEST_CASE("on a plateau that a window holds, the policy that was behind it makes the difference") {
  const Course course{after_a_peak(1min)};
  REQUIRE(course.last.decision.desired == 20_replicas);
  REQUIRE(course.last.decision.because == Because::scale_in_stabilized);
  const auto all{counterfactuals(course.policy, course.ticks())};
  CHECK(decision_without(all, "target_utilization").desired == 8_replicas);
  CHECK(decision_without(all, "lua").desired == 20_replicas);
  CHECK(decision_without(all, "behavior").desired == 8_replicas);
  // The history as it was has the wishes of the policy that is taken away.
  const auto ticks{course.ticks()};
  const auto at_that_tick{counterfactuals(course.policy, std::span{ticks}.last(1))};
  CHECK(decision_without(at_that_tick, "target_utilization").desired == 20_replicas);
}

TEST_CASE("what was blind is not missed any more once it has been gone for a while") {
  Course course{.policy = usual()};
  course.policy.policies.back() = std::make_shared<LuaPolicy>(
      LuaSettings{.source = "function recommend(now) return {hold = now.at >= 1795444500} end"});
  course.policy.limits.max_burst = 100;
  course.play(140.0, 0s, 5min);
  course.play(7.0, 5min, 30min);
  REQUIRE(course.last.decision.desired == 20_replicas);
  CHECK(decision_without(counterfactuals(course.policy, course.ticks()), "lua").desired ==
        1_replicas);
}

TEST_CASE("a course decided again without anything absent ends in the very decision") {
  testing::for_each_seed(60, [](testing::Gen& gen) {
    DecisionPolicy policy{usual()};
    policy.policies.push_back(std::make_unique<Surge>(SurgeSettings{.replica_capacity_rps = 10.0}));
    policy.policies.push_back(std::make_unique<Saturation>(SaturationSettings{}));
    policy.behavior.scale_in.policies = {{.value = gen.integer(1, 9), .period = 1min}};
    policy.behavior.scale_out.stabilization_window = gen.chance(0.5) ? 30s : 0s;
    policy.behavior.flap_budget.turns = gen.chance(0.5) ? std::optional{2} : std::nullopt;
    History past{};
    Journal journal{};
    Snapshot now{gen.snapshot(0.0)};
    now.replica_price = {usd(0.06)};
    double load{100.0};
    for (int tick{0}; tick < 120; ++tick) {
      now.taken_at += 15s;
      if (gen.chance(0.2)) load = gen.real(0.0, 200.0);
      now.readings.set("load", gen.reading(load, now.taken_at));
      now.readings.set("utilization", Reading::fresh(load / 200.0, now.taken_at));
      Decided decided{decide(policy, now, past)};
      if (gen.chance(0.05)) apply_grant(decided, {gen.integer(0, 5)});
      journal.see(now, past, decided.decision);
      const Entry last{now, past, decided.decision};
      auto ticks{journal.ticks()};
      if (ticks.back().now.taken_at < now.taken_at) {
        ticks.push_back({last.now, last.past, last.decision});
      }
      const auto some{std::min<std::size_t>(ticks.size(), 12)};
      CHECK(decide_along(policy, std::span{ticks}.last(some)) == decided.decision);
      past = std::move(decided.next);
    }
  });
}

TEST_CASE("a decision decided again is equal, and each difference is named") {
  Snapshot now{scene(6, 2)};
  read(now, "load", 77.0);
  const Decision was{decide(usual(), now, {}).decision};
  CHECK(differences(decide_again(usual(), now, {}, was).decision, was).empty());

  Decision other{was};
  other.desired = {9};
  other.because = Because::saturated;
  other.recommendations.front().floor = Replicas{9};
  other.recommendations.back().memory = {1.0};
  CHECK(differences(was, other) ==
        std::vector<std::string>{"desired: 11, was 9", "because: LoadOverTarget, was Saturated",
                                 "target_utilization floor: 11, was 9", "budget memory"});
  other = was;
  other.recommendations.pop_back();
  CHECK(differences(was, other) == std::vector<std::string>{"number of recommendations: 2, was 1"});
  other = was;
  other.trail.pop_back();
  CHECK(differences(was, other) == std::vector<std::string>{"trail"});
}

TEST_CASE("what a person or the allocator did afterwards is no difference") {
  Snapshot now{scene(6, 2)};
  read(now, "load", 77.0);
  Decided decided{decide(usual(), now, {})};
  apply_grant(decided, 3_replicas);
  CHECK(decided.decision.burst == 3_replicas);
  CHECK(decided.decision.because == Because::allocated);
  CHECK(decided.next.last_burst == 3_replicas);
  CHECK(decided.decision.trail.back().words == "workloads share a limit; without it: 5");
  CHECK(differences(decide_again(usual(), now, {}, decided.decision).decision, decided.decision)
            .empty());
  apply_grant(decided, 7_replicas);  // more than wanted: no trace
  CHECK(decided.decision.burst == 3_replicas);
}

TEST_CASE("whole courses replay bit for bit, with all that policies remember") {
  testing::for_each_seed(30, [](testing::Gen& gen) {
    DecisionPolicy policy{usual()};
    policy.policies.push_back(std::make_unique<Surge>(SurgeSettings{.replica_capacity_rps = 10.0}));
    policy.policies.push_back(std::make_unique<Saturation>(SaturationSettings{}));
    History past{};
    Snapshot now{gen.snapshot(0.0)};
    now.replica_price = {usd(0.06)};
    for (int tick{0}; tick < 60; ++tick) {
      now.taken_at += 15s;
      const double load{gen.real(0.0, 200.0)};
      now.readings.set("load", gen.reading(load, now.taken_at));
      now.readings.set("utilization", gen.reading(load / 100.0, now.taken_at));
      now.spend.today += usd(gen.real(0.0, 0.3));
      Decided decided{decide(policy, now, past)};
      if (gen.chance(0.2)) apply_grant(decided, {gen.integer(0, 5)});
      const Decision again{decide_again(policy, now, past, decided.decision).decision};
      CHECK(again == decided.decision);
      past = std::move(decided.next);
    }
  });
}

}  // namespace
}  // namespace spillway::replay_test
