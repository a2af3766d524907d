#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "policies/baseline/aws_target_tracking.hpp"
#include "policies/baseline/cluster_autoscaler.hpp"
#include "policies/baseline/hpa.hpp"
#include "policies/baseline/keda.hpp"
#include "policies/baseline/nomad_target_value.hpp"
#include "policies/baseline/static_peak.hpp"
#include "policies/baseline/step_thresholds.hpp"

namespace spillway::baseline_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};

struct World {
  int base{4};
  int ready{0};  ///< burst
  int starting{0};
  int vms_ready{0};
  int vms_starting{0};
};

Snapshot seen(Duration at, std::string_view signal, double value, const World& world) {
  Snapshot now{.taken_at = t0 + at, .workload = "web"};
  now.readings.set(std::string{signal}, Reading::fresh(value, now.taken_at));
  now.fleet.base = BasePool{.ready = {world.base}};
  now.fleet.vms = {.ready = {world.vms_ready}, .starting = {world.vms_starting}};
  now.fleet.burst.emplace();
  if (world.ready > 0) {
    now.fleet.burst->push_back(
        {.id = {"r"}, .phase = GroupPhase::serving, .size = {.replicas = {world.ready}}});
  }
  if (world.starting > 0) {
    now.fleet.burst->push_back(
        {.id = {"s"}, .phase = GroupPhase::starting, .size = {.replicas = {world.starting}}});
  }
  return now;
}

/// Asks one policy tick after tick and keeps its memory.
class Story {
 public:
  explicit Story(const Policy& policy) : policy_{policy} {}

  Recommendation tick(const Snapshot& now) {
    Recommendation asked{policy_.recommend(now, past_)};
    past_.memories.insert_or_assign(asked.policy, asked.memory);
    return asked;
  }
  int count(const Snapshot& now) { return tick(now).floor.value_or(Replicas{-1}).count; }

 private:
  const Policy& policy_;
  History past_{};
};

TEST_CASE("HPA's proposal follows replica_calculator") {
  struct Row {
    const char* name;
    double utilization;
    int ready;
    int count;
    int proposed;
  };
  const std::vector<Row> rows{
      {"within a tenth of the target nothing changes", 0.76, 10, 10, 10},
      {"the ratio times what is ready, rounded up", 0.91, 10, 10, 13},
      {"below the target it shrinks", 0.35, 10, 10, 5},
      {"what starts counts as idle: within the tolerance it waits", 0.91, 10, 12, 12},
      {"what starts counts as idle: beyond the tolerance it grows", 1.0, 10, 12, 15},
      {"idle ones that would turn growth into shrinking change nothing", 0.91, 10, 20, 20},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(propose_by_utilization(row.utilization, row.ready, row.count, 0.7, 0.1) == row.proposed);
  }
}

TEST_CASE("HPA at most doubles in 15 s, or adds four") {
  const Hpa hpa{{.target_utilization = 0.7}};
  Story story{hpa};
  // 100 % of 4: 6 replicas; then far more than allowed is wanted with more that serve.
  CHECK(story.count(seen(0s, signal::utilization, 1.0, {.base = 4})) == 6);
  CHECK(story.count(seen(15s, signal::utilization, 1.0, {.base = 4, .ready = 2})) == 9);
  const Keda keda{{}};
  Story jump{keda};
  CHECK(jump.count(seen(0s, signal::load, 10.0, {.base = 4})) == 4);
  CHECK(jump.count(seen(15s, signal::load, 700.0, {.base = 4})) == 8);
  CHECK(jump.count(seen(30s, signal::load, 700.0, {.base = 4, .ready = 4})) == 16);
  CHECK(jump.count(seen(45s, signal::load, 700.0, {.base = 4, .ready = 12})) == 32);
}

TEST_CASE("HPA shrinks to the highest proposal of five minutes") {
  const Keda keda{{}};
  Story story{keda};
  const World world{.base = 4, .ready = 6};
  CHECK(story.count(seen(0s, signal::load, 70.0, world)) == 10);
  CHECK(story.count(seen(15s, signal::load, 50.0, world)) == 10);
  CHECK(story.count(seen(285s, signal::load, 50.0, world)) == 10);
  CHECK(story.count(seen(315s, signal::load, 35.0, world)) == 8);  // 50 req/s at 15 s and 285 s
  CHECK(story.count(seen(1000s, signal::load, 0.0, world)) == 4);  // never below the cluster
}

TEST_CASE("HPA looks every 15 s, however often it is asked") {
  const Keda keda{{}};
  Story story{keda};
  CHECK(story.count(seen(0s, signal::load, 42.0, {.base = 4})) == 6);
  CHECK(story.count(seen(5s, signal::load, 70.0, {.base = 4})) == 6);
  CHECK(story.count(seen(15s, signal::load, 70.0, {.base = 4})) == 10);
}

TEST_CASE("KEDA divides the load by its threshold, with a tenth of tolerance") {
  const Keda keda{{}};
  Story story{keda};
  const World world{.base = 4, .ready = 17};
  CHECK(story.count(seen(0s, signal::load, 200.0, world)) == 29);
  Story near{keda};
  CHECK(near.count(seen(0s, signal::load, 142.0, world)) == 21);
  CHECK(near.count(seen(15s, signal::load, 160.0, world)) == 21);  // 1.088 of the threshold
  CHECK(near.count(seen(30s, signal::load, 163.0, world)) == 24);
}

TEST_CASE(
    "KEDA starts the first replica when there is load, and ends the last after five minutes") {
  const Keda keda{{}};
  Story story{keda};
  const World none{.base = 0};
  const World one{.base = 0, .ready = 1};
  CHECK(story.count(seen(0s, signal::load, 0.0, none)) == 0);
  CHECK(story.count(seen(15s, signal::load, 70.0, none)) == 0);  // polls every 30 s
  CHECK(story.count(seen(30s, signal::load, 70.0, none)) == 5);  // from 1 the HPA adds four
  Story idle{keda};
  CHECK(idle.count(seen(0s, signal::load, 3.0, none)) == 1);
  for (int s{30}; s < 300; s += 30) {
    CAPTURE(s);
    CHECK(idle.count(seen(std::chrono::seconds{s}, signal::load, 0.0, one)) == 1);
  }
  CHECK(idle.count(seen(300s, signal::load, 0.0, one)) == 0);
}

TEST_CASE("KEDA's activation threshold holds the first replica back") {
  const Keda keda{{.activation_rps = 5.0}};
  Story story{keda};
  CHECK(story.count(seen(0s, signal::load, 5.0, {.base = 0})) == 0);
  CHECK(story.count(seen(30s, signal::load, 5.1, {.base = 0})) == 1);
}

TEST_CASE("KEDA without a load stays as it is, and falls back after more failures than allowed") {
  const Keda keda{{.fallback = {.failures = 2, .replicas = 9}}};
  Story story{keda};
  const World world{.base = 4};
  CHECK(story.count(seen(0s, signal::load, 10.0, world)) == 4);
  CHECK(story.tick(seen(30s, "other", 1.0, world)).is_hold);
  CHECK(story.tick(seen(60s, "other", 1.0, world)).is_hold);
  CHECK(story.tick(seen(75s, "other", 1.0, world)).is_hold);  // no poll between two polls
  const Recommendation third{story.tick(seen(90s, "other", 1.0, world))};
  CHECK(third.because == Because::fallback);
  CHECK(third.floor == 8_replicas);  // four more within 15 s
  CHECK(story.count(seen(105s, "other", 1.0, world)) == 9);
  CHECK(story.tick(seen(120s, signal::load, 10.0, world)).because != Because::fallback);
}

TEST_CASE("HPA leaves a count of none alone, and goes to no less than one") {
  const Hpa hpa{{}};
  Story story{hpa};
  CHECK(story.count(seen(0s, signal::utilization, 1.0, {.base = 0})) == 0);
  CHECK(story.count(seen(15s, signal::utilization, 1.0, {.base = 0})) == 0);
  Story one{hpa};
  CHECK(one.count(seen(0s, signal::utilization, 0.0, {.base = 0, .ready = 1})) == 1);
}

TEST_CASE("Nomad's count of none becomes the ratio itself") {
  const NomadTargetValue nomad{{.target_utilization = 0.4}};
  Story story{nomad};
  CHECK(story.count(seen(0s, signal::utilization, 1.0, {.base = 0})) == 3);  // ceil(1 / 0.4)
}

TEST_CASE("Nomad multiplies what runs or starts, then is silent for the cooldown") {
  const NomadTargetValue nomad{{.target_utilization = 0.6, .cooldown = 60s}};
  Story story{nomad};
  CHECK(story.count(seen(0s, signal::utilization, 0.84, {.base = 4, .ready = 6})) == 14);
  const World more{.base = 4, .ready = 6, .starting = 4};
  CHECK(story.count(seen(15s, signal::utilization, 0.9, more)) == 14);
  CHECK(story.count(seen(60s, signal::utilization, 0.9, more)) == 21);
  const World most{.base = 4, .ready = 17};
  CHECK(story.count(seen(120s, signal::utilization, 0.603, most)) == 21);  // within one per cent
  CHECK(story.count(seen(135s, signal::utilization, 0.3, most)) == 11);
}

TEST_CASE("AWS grows after three minutes above the target and shrinks after fifteen below") {
  const AwsTargetTracking aws{{}};
  Story story{aws};
  const World world{.base = 4, .ready = 6};
  const auto minute{[&](int index, double utilization) {
    int count{0};
    for (int quarter{1}; quarter <= 4; ++quarter) {
      count = story.count(seen(std::chrono::minutes{index} + 15s * quarter, signal::utilization,
                               utilization, world));
    }
    return count;
  }};
  CHECK(minute(0, 0.75) == 10);
  CHECK(minute(1, 0.80) == 10);
  CHECK(minute(2, 0.84) == 10);
  CHECK(minute(3, 0.84) == 12);  // the third minute is closed by the fourth's first reading
  for (int index{4}; index < 19; ++index) CHECK(minute(index, 0.35) == 12);
  CHECK(minute(19, 0.35) == 5);
}

TEST_CASE("AWS does nothing on missing data") {
  const AwsTargetTracking aws{{}};
  Story story{aws};
  for (int index{0}; index < 20; index += 2) {
    // Every other minute has no reading: no three in a row.
    CHECK(story.count(seen(std::chrono::minutes{index} + 30s, signal::utilization, 1.0,
                           {.base = 4, .ready = 6})) == 10);
  }
}

TEST_CASE("step thresholds grow by a share, and shrink only if that would not make them grow") {
  const StepThresholds steps{{}};
  Story story{steps};
  const World world{.base = 1, .ready = 9};
  const World grown{.base = 1, .ready = 12};
  CHECK(story.count(seen(0min, signal::utilization, 0.85, world)) == 13);
  CHECK(story.count(seen(1min, signal::utilization, 0.6, grown)) == 13);
  CHECK(story.count(seen(2min, signal::utilization, 0.35, grown)) == 12);
  // Others keep the thirteenth for a while: the steps go on, and the load is what 13 have of it.
  CHECK(story.count(seen(3min, signal::utilization, 0.35, grown)) == 11);
  const StepThresholds bold{{.step_in = 0.6}};
  Story held{bold};
  // 39 % of 10 on 4 would be 97 %.
  CHECK(held.count(seen(0min, signal::utilization, 0.39, world)) == 10);
  CHECK(held.count(seen(1min, signal::utilization, 0.30, world)) == 4);
}

/// So many seconds after an hour of 25 replicas' load fell to 6 it is content with fewer than the
/// 18 that the limits allow. What it asks for runs at once, as far as it may.
int seconds_until_it_lets_go(const Policy& policy, std::string_view signal) {
  Story story{policy};
  World world{.base = 8};
  for (int s{0}; s < 3 * 3600; s += 15) {
    const double load{s < 3600 ? 25.0 : 6.0};
    const double utilization{std::min(1.0, load / (world.base + world.ready))};
    const double seen_value{signal == signal::load ? 10.0 * load : utilization};
    const int count{story.count(seen(std::chrono::seconds{s}, signal, seen_value, world))};
    if (s >= 3600 && count < 18) return s - 3600;
    world.ready = std::clamp(count - world.base, 0, 10);
  }
  return 3 * 3600;
}

TEST_CASE("an hour beyond the limits is not held against the next hour") {
  // The wait of each product before it shrinks, and one look. A count that went on growing while
  // the limits held would have to come down from there first.
  CHECK(seconds_until_it_lets_go(NomadTargetValue{{}}, signal::utilization) <= 300);
  CHECK(seconds_until_it_lets_go(StepThresholds{{}}, signal::utilization) <= 60);
  CHECK(seconds_until_it_lets_go(Hpa{{}}, signal::utilization) <= 315);
  CHECK(seconds_until_it_lets_go(Keda{{}}, signal::load) <= 315);
  CHECK(seconds_until_it_lets_go(AwsTargetTracking{{}}, signal::utilization) <= 16 * 60);
  const ClusterAutoscalerBridge bridge{{.pods = {.target_utilization = 0.7}}};
  CHECK(seconds_until_it_lets_go(bridge, signal::utilization) <= 315);
}

TEST_CASE("a count that nothing runs of does not grow from itself: observe, or a shadow") {
  const NomadTargetValue nomad{{.target_utilization = 0.7}};
  const StepThresholds steps{{}};
  Story of_nomad{nomad};
  Story of_steps{steps};
  for (int s{0}; s < 3600; s += 15) {
    CAPTURE(s);
    const Snapshot full{seen(std::chrono::seconds{s}, signal::utilization, 1.0, {.base = 8})};
    REQUIRE(of_nomad.count(full) == 12);
    REQUIRE(of_steps.count(full) == 11);
  }
}

TEST_CASE("replicas lost in an overload stay wanted") {
  const NomadTargetValue nomad{{.target_utilization = 0.7, .cooldown = 0s}};
  const StepThresholds steps{{.cooldown = 0s}};
  Story of_nomad{nomad};
  Story of_steps{steps};
  const World whole{.base = 8, .ready = 12};
  CHECK(of_nomad.count(seen(0s, signal::utilization, 1.0, whole)) == 29);
  CHECK(of_steps.count(seen(0s, signal::utilization, 1.0, whole)) == 26);
  CHECK(of_nomad.count(seen(60s, signal::utilization, 1.0, {.base = 8})) == 29);
  CHECK(of_steps.count(seen(60s, signal::utilization, 1.0, {.base = 8})) == 26);
}

TEST_CASE("machines for the peak are asked for at once, and no burst ever") {
  const StaticPeak peak{{.replicas = 82}};
  const Recommendation asked{
      peak.recommend(seen(0s, signal::load, 1.0, {.base = 12, .vms_ready = 40}), {})};
  CHECK(asked.vms == 70_replicas);
  CHECK(asked.floor == 52_replicas);
}

TEST_CASE("the Cluster Autoscaler buys machines for pods that fit nowhere") {
  const ClusterAutoscaler alone{{.pods = {.target_utilization = 0.7}}};
  const ClusterAutoscalerBridge bridged{{.pods = {.target_utilization = 0.7}}};
  // 20 serving at 100 %: 29 pods; 20 fit, 4 more on a machine that starts: 5 pods, two machines.
  const Snapshot now{
      seen(0s, signal::utilization, 1.0, {.base = 16, .vms_ready = 4, .vms_starting = 4})};
  const Recommendation without{alone.recommend(now, {})};
  CHECK(without.vms == 16_replicas);
  CHECK(without.floor == 20_replicas);
  const Recommendation with{bridged.recommend(now, {})};
  CHECK(with.vms == 16_replicas);
  CHECK(with.floor == 29_replicas);
}

TEST_CASE("at a constant load the pods of the Cluster Autoscaler do not run down") {
  constexpr HpaSettings pods{.target_utilization = 0.7};
  const ClusterAutoscaler alone{{.pods = pods}};
  const ClusterAutoscalerBridge bridged{{.pods = pods}};
  for (const Policy* policy : std::initializer_list<const Policy*>{&alone, &bridged}) {
    CAPTURE(policy->name());
    Story story{*policy};
    World world{.base = 8, .vms_ready = 32};
    for (int s{0}; s < 4 * 3600; s += 15) {
      CAPTURE(s);
      // What 22 replicas do when they are full: 31.4 at 70 %.
      const double utilization{22.0 / (world.base + world.vms_ready)};
      const Recommendation asked{
          story.tick(seen(std::chrono::seconds{s}, signal::utilization, utilization, world))};
      REQUIRE(asked.vms.has_value());
      REQUIRE(asked.floor >= 32_replicas);
      if (s >= 900) REQUIRE(asked.floor == 32_replicas);
      if (s >= 900) REQUIRE(asked.vms == 24_replicas);
      world.vms_ready = asked.vms->count;
    }
  }
}

TEST_CASE("a machine goes ten minutes after it became unneeded and none was added") {
  const ClusterAutoscaler policy{{.pods = {.target_utilization = 0.7}}};
  Story story{policy};
  const World world{.base = 4, .vms_ready = 8};
  CHECK(story.tick(seen(0s, signal::utilization, 0.7, world)).vms == 8_replicas);
  // 20 % of 12: 4 pods, after HPA's five minutes; both machines are unneeded from then on.
  for (int s{15}; s < 900; s += 15) {
    CAPTURE(s);
    CHECK(story.tick(seen(std::chrono::seconds{s}, signal::utilization, 0.2, world)).vms ==
          8_replicas);
  }
  CHECK(story.tick(seen(900s, signal::utilization, 0.2, world)).vms == 0_replicas);
}

TEST_CASE("a baseline that cannot see holds and keeps its memory") {
  const Hpa hpa{{}};
  const Keda keda{{}};
  const NomadTargetValue nomad{{}};
  const AwsTargetTracking aws{{}};
  const StepThresholds steps{{}};
  const ClusterAutoscaler machines{{}};
  for (const Policy* policy :
       std::initializer_list<const Policy*>{&hpa, &keda, &nomad, &aws, &steps, &machines}) {
    CAPTURE(policy->name());
    Snapshot now{seen(0s, "other", 1.0, {})};
    History past{};
    past.memories.emplace(policy->name(), Memory{1.0, 2.0, 0.0});
    const Recommendation unseen{policy->recommend(now, past)};
    CHECK(unseen.is_hold);
    CHECK(unseen.memory == past.memory(policy->name()));
    now.readings.set("load", Reading::fresh(1.0, now.taken_at));
    now.readings.set("utilization", Reading::fresh(1.0, now.taken_at));
    now.fleet.burst.reset();
    const Recommendation unlisted{policy->recommend(now, past)};
    CHECK(unlisted.is_hold);
    CHECK(unlisted.because == Because::fleet_unknown);
  }
}

}  // namespace
}  // namespace spillway::baseline_test
