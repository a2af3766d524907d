// What the pure core costs per tick with 10 000 workloads: decide and plan, without any IO.

#include <string>
#include <vector>

#include "controller/core/planner.hpp"
#include "policies/decide.hpp"
#include "policies/latency/auto/auto_policy.hpp"
#include "policies/latency/saturation.hpp"
#include "policies/latency/target_utilization.hpp"
#include "tests/bench/measure.hpp"

namespace spillway {
namespace {

using namespace std::chrono_literals;

constexpr int workloads{10'000};
constexpr TimePoint start{1'795'444'200'000ms};

DecisionPolicy usual_policy() {
  DecisionPolicy policy{};
  policy.policies.push_back(
      std::make_unique<TargetUtilization>(TargetUtilizationSettings{.replica_capacity_rps = 10.0}));
  policy.policies.push_back(std::make_unique<Saturation>(SaturationSettings{}));
  return policy;
}

DecisionPolicy default_policy() {
  DecisionPolicy policy{};
  policy.policies.push_back(std::make_unique<AutoPolicy>(AutoSettings{}));
  return policy;
}

/// Six base replicas; load for five of them, or for ten.
Snapshot snapshot_of(int index, TimePoint now, bool is_busy) {
  Snapshot snapshot{.taken_at = now, .workload = "workload-" + std::to_string(index)};
  const double load_rps{is_busy ? 70.0 : 35.0};
  snapshot.readings.set("load", Reading::fresh(load_rps, now));
  snapshot.readings.set("utilization", Reading::fresh(load_rps / 60.0, now));
  snapshot.fleet.base = BasePool{.ready = {6}, .desired = {6}};
  snapshot.fleet.burst.emplace();
  snapshot.replica_price = {usd(0.0472)};
  return snapshot;
}

struct World {
  std::vector<DecisionPolicy> policies{};
  std::vector<Snapshot> snapshots{};
  std::vector<History> histories{};
  std::vector<Offer> offers{
      {.place = {.subscription = "s", .region = "eastus"}, .price = {usd(0.0472)}}};
};

World world(bool is_busy, DecisionPolicy (*policy)()) {
  World world{};
  for (int i{0}; i < workloads; ++i) {
    world.policies.push_back(policy());
    world.snapshots.push_back(snapshot_of(i, start, is_busy));
    world.histories.emplace_back();
  }
  return world;
}

/// One tick over all workloads; returns the number of planned creates.
double tick(World& world, TimePoint now) {
  double creates{0};
  for (std::size_t i{0}; i < world.snapshots.size(); ++i) {
    world.snapshots[i].taken_at = now;
    Decided decided{decide(world.policies[i], world.snapshots[i], world.histories[i])};
    const Plan plan{plan_burst(decided.decision, world.snapshots[i].fleet, world.offers, {})};
    world.histories[i] = std::move(decided.next);
    creates += static_cast<double>(plan.creates.size());
  }
  return creates;
}

void measure_ticks(const char* name, bool is_busy, DecisionPolicy (*policy)()) {
  World many{world(is_busy, policy)};
  TimePoint now{start};
  bench::measure(name, 20, workloads, [&] { return tick(many, now += 15s); });
}

}  // namespace
}  // namespace spillway

int main() {
  using namespace spillway;
  std::printf("decide + plan, %d workloads, processor time per tick\n", workloads);
  measure_ticks("two policies, nothing to do", false, usual_policy);
  measure_ticks("two policies, every workload bursts", true, usual_policy);
  measure_ticks("auto, nothing to do", false, default_policy);
  measure_ticks("auto, every workload bursts", true, default_policy);
}
