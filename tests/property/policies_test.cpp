// What holds for every recommendation, and for the arbiter over any set of them.

#include <algorithm>
#include <vector>

#include "policies/combine/arbiter.hpp"
#include "policies/latency/saturation.hpp"
#include "policies/latency/target_utilization.hpp"
#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::policies_test {
namespace {

using testing::for_each_seed;
using testing::Gen;

/// Two snapshots that differ in how busy they are, and in nothing else.
struct Pair {
  Snapshot calm{};
  Snapshot busy{};
};

Pair pair_of(Gen& gen) {
  Pair pair{.calm = gen.snapshot(0.0)};
  pair.busy = pair.calm;
  const double utilization{gen.real(0.0, 2.0)};
  const double more{gen.chance(0.5) ? gen.real(0.0, 0.2) : gen.real(0.0, 2.0)};
  const TimePoint now{pair.calm.taken_at};
  pair.calm.readings.set("load", Reading::fresh(60.0 * utilization, now));
  pair.busy.readings.set("load", Reading::fresh(60.0 * (utilization + more), now));
  pair.calm.readings.set("utilization", Reading::fresh(utilization, now));
  pair.busy.readings.set("utilization", Reading::fresh(utilization + more, now));
  return pair;
}

void check_monotonic(const Policy& policy, const Pair& pair, const History& past) {
  const Recommendation calm{policy.recommend(pair.calm, past)};
  const Recommendation busy{policy.recommend(pair.busy, past)};
  REQUIRE(calm.floor.has_value());
  REQUIRE(busy.floor.has_value());
  CHECK(*busy.floor >= *calm.floor);
}

TEST_CASE("more load never asks for fewer replicas") {
  const TargetUtilization by_load{{.replica_capacity_rps = 10.0}};
  const TargetUtilization by_utilization{{}};
  const Saturation saturation{{}};
  for_each_seed(3000, [&](Gen& gen) {
    const Pair pair{pair_of(gen)};
    const History past{gen.history(pair.calm.taken_at)};
    check_monotonic(by_load, pair, past);
    check_monotonic(by_utilization, pair, past);
    check_monotonic(saturation, pair, past);
  });
}

TEST_CASE("a policy asks for something or to hold, and always says why") {
  const TargetUtilization by_load{{.replica_capacity_rps = 10.0}};
  const TargetUtilization by_utilization{{}};
  const Saturation saturation{{}};
  for_each_seed(1000, [&](Gen& gen) {
    const Snapshot now{gen.snapshot(0.2)};
    const History past{gen.history(now.taken_at)};
    for (const Policy* policy :
         {static_cast<const Policy*>(&by_load), static_cast<const Policy*>(&by_utilization),
          static_cast<const Policy*>(&saturation)}) {
      const Recommendation asked{policy->recommend(now, past)};
      CHECK(asked.policy == policy->name());
      CHECK((asked.is_hold || asked.floor));
      CHECK_FALSE(asked.words.empty());
      if (asked.floor) CHECK(*asked.floor >= 0_replicas);
      CHECK(asked == policy->recommend(now, past));
    }
  });
}

TEST_CASE("the arbiter does not depend on the order of the recommendations") {
  for_each_seed(2000, [](Gen& gen) {
    std::vector<Recommendation> all{gen.recommendations()};
    const Replicas current{gen.integer(0, 8)};
    const ArbiterSettings settings{gen.chance(0.5) ? Conflict::ceiling_wins : Conflict::floor_wins};
    const Arbitration first{arbitrate(all, current, settings)};
    for (std::size_t i{all.size()}; i > 1; --i) {
      std::swap(all[i - 1], all[static_cast<std::size_t>(gen.integer(0, static_cast<int>(i) - 1))]);
    }
    const Arbitration second{arbitrate(all, current, settings)};
    CHECK(second.wanted == first.wanted);
    CHECK(second.because == first.because);
    CHECK(second.is_hold == first.is_hold);
    CHECK(second.trail == first.trail);
  });
}

TEST_CASE("the arbiter keeps every floor or every ceiling, as configured") {
  for_each_seed(2000, [](Gen& gen) {
    const std::vector<Recommendation> all{gen.recommendations()};
    const Replicas current{gen.integer(0, 8)};
    const Replicas capped{arbitrate(all, current, {Conflict::ceiling_wins}).wanted};
    const Replicas served{arbitrate(all, current, {Conflict::floor_wins}).wanted};
    CHECK(capped <= served);
    for (const Recommendation& each : all) {
      if (each.ceiling) CHECK(capped <= *each.ceiling);
      if (each.floor) CHECK(served >= *each.floor);
      if (each.is_hold) CHECK(served >= current);
    }
  });
}

}  // namespace
}  // namespace spillway::policies_test
