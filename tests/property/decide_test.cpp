// What holds for every decision, whatever is seen and remembered.

#include "policies/decide.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "policies/latency/saturation.hpp"
#include "policies/latency/target_utilization.hpp"
#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::decide_test {
namespace {

using namespace std::chrono_literals;
using testing::for_each_seed;
using testing::Gen;

DirectionSettings direction(Gen& gen) {
  DirectionSettings settings{.stabilization_window = std::chrono::seconds{gen.integer(0, 300)}};
  const int policies{gen.integer(0, 2)};
  for (int i{0}; i < policies; ++i) {
    const bool is_percent{gen.chance(0.5)};
    settings.policies.push_back(
        {.type = is_percent ? RatePolicy::Type::percent : RatePolicy::Type::replicas,
         .value = is_percent ? gen.integer(1, 100) : gen.integer(1, 8),
         .period = std::chrono::seconds{gen.integer(15, 300)}});
  }
  settings.select = gen.chance(0.5) ? Select::max : Select::min;
  if (gen.chance(0.3)) settings.tolerance = gen.real(0.0, 0.3);
  return settings;
}

DecisionPolicy policy_of(Gen& gen) {
  DecisionPolicy policy{};
  policy.policies.push_back(
      std::make_unique<TargetUtilization>(TargetUtilizationSettings{.replica_capacity_rps = 10.0}));
  if (gen.chance(0.7))
    policy.policies.push_back(std::make_unique<Saturation>(SaturationSettings{}));
  policy.behavior = {.scale_out = direction(gen), .scale_in = direction(gen)};
  policy.limits.min = gen.integer(0, 5);
  policy.limits.max_total = gen.integer(5, 60);
  policy.limits.max_burst = gen.integer(0, 30);
  policy.trust.fallback_replicas = gen.integer(0, 20);
  return policy;
}

TEST_CASE("the limits hold in every decision") {
  for_each_seed(2000, [](Gen& gen) {
    const DecisionPolicy policy{policy_of(gen)};
    const Snapshot now{gen.snapshot(0.2)};
    const Decision decision{decide(policy, now, gen.history(now.taken_at)).decision};
    CHECK(decision.desired.count >= policy.limits.min);
    CHECK(decision.desired.count <= policy.limits.max_total);
    CHECK(decision.burst >= 0_replicas);
    CHECK(decision.burst.count <= policy.limits.max_burst);
    CHECK(decision.is_blind >= !now.fleet.total().has_value());
  });
}

/// Wishes for machines, and at times allows only so many replicas.
class Wishes final : public Policy {
 public:
  Wishes(int vms, std::optional<Replicas> ceiling) : vms_{vms}, ceiling_{ceiling} {}
  std::string_view name() const override { return "wishes"; }
  Recommendation recommend(const Snapshot&, const History&) const override {
    return {.policy = "wishes", .ceiling = ceiling_, .vms = Replicas{vms_}};
  }

 private:
  int vms_;
  std::optional<Replicas> ceiling_;
};

TEST_CASE("no wish for machines exceeds the limits, and none grows an unknown fleet") {
  for_each_seed(2000, [](Gen& gen) {
    DecisionPolicy policy{policy_of(gen)};
    const int wished{gen.integer(0, 80)};
    const auto ceiling{gen.chance(0.5) ? std::optional{Replicas{gen.integer(0, 60)}}
                                       : std::nullopt};
    policy.policies.push_back(std::make_unique<Wishes>(wished, ceiling));
    policy.replicas_per_vm = gen.integer(1, 6);
    Snapshot now{gen.snapshot(0.2)};
    if (gen.chance(0.1)) now.drained_until = now.taken_at + 1min;
    const Decision decision{decide(policy, now, gen.history(now.taken_at)).decision};
    const int running{(now.fleet.vms.ready + now.fleet.vms.starting).count};
    const int per_vm{policy.replicas_per_vm};
    const int held{(decision.vms.count + per_vm - 1) / per_vm * per_vm};
    CHECK(decision.vms.count >= 0);
    CHECK(decision.vms.count <= std::max(wished, running));
    if (!now.fleet.base || !now.fleet.burst || now.wants_no_burst()) {
      CHECK(decision.vms.count <= running);
      return;
    }
    const int base{now.fleet.base->capacity().count};
    CHECK(held <= std::max(0, policy.limits.max_total - base));
    if (ceiling && decision.vms.count > running) CHECK(held <= std::max(0, ceiling->count - base));
  });
}

TEST_CASE("a blind decision never shrinks, except to a hard limit") {
  for_each_seed(3000, [](Gen& gen) {
    const DecisionPolicy policy{policy_of(gen)};
    const Snapshot now{gen.snapshot(0.5)};
    const History past{gen.history(now.taken_at)};
    const Decision decision{decide(policy, now, past).decision};
    if (!decision.is_blind || !past.last) return;
    CHECK(decision.desired.count >= std::min(past.last->count.count, policy.limits.max_total));
    if (!now.fleet.base) {
      CHECK(decision.burst.count >= std::min(past.last_burst->count, policy.limits.max_burst));
    }
  });
}

TEST_CASE("the same snapshot and history give the same decision") {
  for_each_seed(1000, [](Gen& gen) {
    const DecisionPolicy policy{policy_of(gen)};
    const Snapshot now{gen.snapshot(0.2)};
    const History past{gen.history(now.taken_at)};
    const Decided first{decide(policy, now, past)};
    const Decided second{decide(policy, now, past)};
    CHECK(first.decision == second.decision);
    CHECK(first.next == second.next);
  });
}

TEST_CASE("more load never decides for fewer replicas") {
  for_each_seed(2000, [](Gen& gen) {
    const DecisionPolicy policy{policy_of(gen)};
    Snapshot calm{gen.snapshot(0.0)};
    const double load_rps{gen.real(0.0, 300.0)};
    const double utilization{gen.real(0.0, 1.5)};
    Snapshot busy{calm};
    calm.readings.set("load", Reading::fresh(load_rps, calm.taken_at));
    calm.readings.set("utilization", Reading::fresh(utilization, calm.taken_at));
    busy.readings.set("load", Reading::fresh(load_rps + gen.real(0.0, 100.0), calm.taken_at));
    busy.readings.set("utilization",
                      Reading::fresh(utilization + gen.real(0.0, 0.5), calm.taken_at));
    const History past{gen.history(calm.taken_at)};
    CHECK(decide(policy, busy, past).decision.desired >=
          decide(policy, calm, past).decision.desired);
  });
}

TEST_CASE("no scale-in inside its window: never below every recommendation of the window") {
  for_each_seed(300, [](Gen& gen) {
    DecisionPolicy policy{policy_of(gen)};
    policy.behavior.scale_out = {};
    policy.limits = {.max_burst = 1000};
    const Duration window{policy.behavior.scale_in.stabilization_window};
    Snapshot now{gen.snapshot(0.0)};
    History past{};
    std::vector<CountAt> wanted{};  // told apart from the history under test
    for (int tick{0}; tick < 40; ++tick) {
      now.taken_at += 15s;
      const double load_rps{gen.real(0.0, 200.0)};
      now.readings.set("load", gen.reading(load_rps, now.taken_at));
      now.readings.set("utilization", gen.reading(load_rps / 60.0, now.taken_at));
      const std::optional<Replicas> before{past.last ? std::optional{past.last->count}
                                                     : std::nullopt};
      Decided decided{decide(policy, now, past)};
      past = std::move(decided.next);
      wanted.push_back({now.taken_at, decided.decision.recommended});
      if (!before || decided.decision.desired >= *before) continue;
      for (const CountAt& earlier : wanted) {
        if (earlier.at > now.taken_at - window) CHECK(decided.decision.desired >= earlier.count);
      }
    }
  });
}

TEST_CASE("the trail leads without a gap from the count until now to the decision") {
  for_each_seed(1000, [](Gen& gen) {
    const DecisionPolicy policy{policy_of(gen)};
    const Snapshot now{gen.snapshot(0.2)};
    const Decision decision{decide(policy, now, gen.history(now.taken_at)).decision};
    REQUIRE_FALSE(decision.trail.empty());
    for (std::size_t i{1}; i < decision.trail.size(); ++i) {
      CHECK(decision.trail[i].before == decision.trail[i - 1].after);
    }
    CHECK(decision.trail.back().after == decision.burst);
  });
}

}  // namespace
}  // namespace spillway::decide_test
