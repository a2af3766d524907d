// Several policies and several workloads at once: a limit that workloads share, and policies that
// decide in the shadow of others.
#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "policies/latency/target_utilization.hpp"
#include "policies/replay.hpp"
#include "policies/shadow.hpp"
#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::sharing_test {
namespace {

using namespace std::chrono_literals;

int groups_of(const World& world, std::string_view prefix) {
  return static_cast<int>(std::ranges::count_if(
      world.cloud.names(), [prefix](const std::string& name) { return name.starts_with(prefix); }));
}

DecisionPolicy at_target(double target) {
  DecisionPolicy policy{};
  policy.policies.push_back(std::make_unique<TargetUtilization>(TargetUtilizationSettings{
      .target_utilization = target, .replica_capacity_rps = replica_capacity_rps}));
  policy.limits.max_burst = 50;
  return policy;
}

TEST_CASE("two workloads that want more than the quota share it by weight, and say so") {
  World world{};
  world.measured = {"web", "shop"};
  world.cluster->pools["shop"] = full_pool(4);
  Controller& spillway{world.start()};
  auto shop{std::make_shared<Workload>(*spillway.config.workloads.at("web"))};
  shop->name = shop->service = shop->plan_limits.name_prefix = "shop";
  shop->allocation_weight = 3.0;
  shop->traffic.clear();  // the balancer of this world serves one workload
  LoopConfig shared{spillway.config};
  shared.workloads.emplace("shop", shop);
  shared.allocator.max_burst = 12;
  spillway.loop->reload(shared);

  world.load_rps = 100.0;  // each needs 13 replicas, 9 of them burst
  CHECK(world.run_until([&] { return world.cloud.names().size() == 12; }, 2min));
  world.run_for(5min);
  CHECK(groups_of(world, "shop") == 9);
  CHECK(groups_of(world, "web") == 3);
  const WorkloadStatus& web{*spillway.notebook.last_status->workloads.at(1)};
  CHECK(web.decision.desired == 13_replicas);  // what is needed stays known
  CHECK(web.decision.burst == 3_replicas);
  CHECK(web.decision.because == Because::allocated);
  CHECK(web.decision.trail.back().words == "workloads share a limit; without it: 9");

  // A limit that is lowered takes nothing away.
  shared.allocator.max_burst = 4;
  spillway.loop->reload(shared);
  world.run_for(5min);
  CHECK(world.cloud.names().size() == 12);
}

TEST_CASE("two workloads in one tick do not both spend what is left of the cloud's quota") {
  World world{};
  world.cloud.behaviour.groups_per_region = 10;
  world.measured = {"web", "shop"};
  world.cluster->pools["shop"] = full_pool(4);
  Controller& spillway{world.start()};
  auto shop{std::make_shared<Workload>(*spillway.config.workloads.at("web"))};
  shop->name = shop->service = shop->plan_limits.name_prefix = "shop";
  shop->traffic.clear();  // the balancer of this world serves one workload
  LoopConfig both{spillway.config};
  both.workloads.emplace("shop", shop);
  spillway.loop->reload(both);

  world.load_rps = 100.0;  // each needs 13 replicas, 9 of them burst
  CHECK(world.run_until([&] { return world.cloud.names().size() == 10; }, 2min));
  world.run_for(5min);
  CHECK(world.cloud.names().size() == 10);
  CHECK(world.cloud.count_calls("create") == 10);  // none was refused
}

TEST_CASE("a shadow decides, is journalled and billed beside the acting policies, and acts never") {
  World world{};
  const auto with_shadow{[](LoopSettings&, Workload& web) { web.shadow = at_target(0.5); }};
  Controller& first{world.start(with_shadow)};
  world.load_rps = 100.0;
  REQUIRE(world.run_until([&] { return world.serving() == 13; }, 60s));
  world.run_for(10min);
  CHECK(world.cloud.count_calls("create") == 9);
  REQUIRE(first.web().shadow);
  CHECK(first.web().decision.burst == 9_replicas);
  CHECK(first.web().shadow->decision.burst == 16_replicas);
  const ShadowRecord before{first.web().shadow->record};
  const Workload web{*first.config.workloads.at("web")};
  CHECK(before.shadow.rent.usd() ==
        doctest::Approx(before.acting.rent.usd() * 16 / 9).epsilon(0.02));

  // It lives on in the journal, and every tick of it can be decided again.
  world.stop(first);
  int entries{0};
  for (const JournalEntry& entry : world.disk->journal) {
    REQUIRE(entry.shadow);
    const ShadowTick& shadow{*entry.shadow};
    const Decided again{decide_again(at_target(0.5), entry.snapshot, shadow.past, shadow.decision)};
    CHECK(differences(again.decision, shadow.decision).empty());
    // Its bill as well, by what the acting policies decide again.
    const Decided acting{decide_again(web.decision, entry.snapshot, entry.past, entry.decision)};
    REQUIRE(shadow.before);
    CHECK(with_tick(*shadow.before, entry.snapshot, acting, again, web.shadow_wait) ==
          shadow.record);
    ++entries;
  }
  CHECK(entries >= 3);
  Controller& second{world.start(with_shadow)};
  world.run_for(1min);
  CHECK(second.web().shadow->record.since == before.since);
  CHECK(second.web().shadow->record.shadow.rent > before.shadow.rent);
}

TEST_CASE("every tick's load is in the journal, though few ticks are worth an entry") {
  World world{};
  world.start();
  world.load_rps = 20.0;
  world.run_for(2min);
  world.load_rps = 25.0;  // no other decision: four replicas hold it
  world.run_for(10s);
  world.load_rps = 20.0;
  world.run_for(12min);
  std::map<TimePoint, double> loads{};
  std::size_t entries{0};
  for (const JournalEntry& entry : world.disk->journal) {
    ++entries;
    if (const auto load{entry.snapshot.readings["load"].fresh_value()}) loads[entry.at] = *load;
    for (const SeenLoad& each : entry.loads) loads[each.at] = each.load_rps;
  }
  CHECK(10 * entries < loads.size());
  CHECK(std::ranges::count_if(loads, [](const auto& each) { return each.second == 25.0; }) >= 1);
  auto before{loads.begin()};
  for (auto next{std::next(before)}; next != loads.end(); before = next++) {
    CHECK(next->first - before->first <= 10s);
  }
}

}  // namespace
}  // namespace spillway::testing::sharing_test
