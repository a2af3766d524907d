#include "policies/replay.hpp"

#include <algorithm>

#include "policies/cost/budget.hpp"
#include "policies/latency/saturation.hpp"
#include "policies/latency/surge.hpp"
#include "policies/latency/target_utilization.hpp"
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

Decision decision_without(const std::vector<Counterfactual>& all, std::string_view what) {
  const auto found{std::ranges::find(all, what, &Counterfactual::without)};
  REQUIRE(found != all.end());
  return found->decision;
}

TEST_CASE("without the budget four more: what each part of a decision costs or saves") {
  Snapshot now{scene(6, 2)};
  read(now, "load", 77.0);  // 11 replicas
  now.spend.today = usd(20.0);
  const auto all{counterfactuals(usual(), now, {}, {})};
  CHECK(all.size() == 4);
  CHECK(decide(usual(), now, {}).decision.desired == 8_replicas);
  CHECK(decision_without(all, "budget").desired == 11_replicas);
  CHECK(decision_without(all, "target_utilization").desired == 8_replicas);

  read(now, "load", 350.0);  // 50 replicas
  now.spend = {};
  CHECK(decide(usual(), now, {}).decision.burst == 10_replicas);
  CHECK(decision_without(counterfactuals(usual(), now, {}, {}), "limits").burst == 44_replicas);

  read(now, "load", 7.0);
  CHECK(decide(usual(), now, {}).decision.desired == 8_replicas);  // the window holds it
  CHECK(decision_without(counterfactuals(usual(), now, {}, {}), "behavior").desired == 1_replicas);
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
  const auto all{counterfactuals(alone, now, {}, was.decision)};
  CHECK(decision_without(all, "behavior").burst == 4_replicas);
  CHECK(decision_without(all, "limits").burst == 4_replicas);
  CHECK(decision_without(all, "allocator").burst == wanted);
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
