// Stories of a template that the cluster tells: nothing is created before it is known, it follows
// the cluster's own updates once those are through, and it is never lost to a silent cluster.
#include <doctest/doctest.h>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::template_test {
namespace {

using namespace std::chrono_literals;

DerivedReplica replica_with(std::string image) {
  DerivedReplica derived{};
  derived.replica.image = std::move(image);
  derived.left_out = {"mount /data: a directory of one machine"};
  return derived;
}

/// As wiring builds it from `from_cluster: true`.
void leave_to_cluster(LoopSettings&, Workload& workload) {
  workload.replica = {};
  workload.plan_limits.template_hash.clear();
  workload.awaits_template = true;
  workload.take_replica = [](const DerivedReplica& derived, Workload& changed) {
    changed.replica = derived.replica;
    changed.plan_limits.template_hash = template_hash(changed.replica);
    changed.awaits_template = false;
  };
}

TEST_CASE("nothing is created before the cluster has told what a replica is") {
  World world{};
  Controller& spillway{world.start(&leave_to_cluster)};
  world.load_rps = 40.0;
  world.run_for(1min);
  CHECK(world.cloud.count_calls("create") == 0);
  REQUIRE(spillway.web().plan.withheld.size() == 1);
  CHECK(spillway.web().plan.withheld.at(0).because == Because::template_unknown);

  world.cluster->replicas["web"] = replica_with("registry.example/web:1");
  CHECK(world.run_until([&] { return world.serving() == 5; }, 60s));
  CHECK(world.cloud.find(world.cloud.names().at(0))->request.replica.image ==
        "registry.example/web:1");
  // Told once, not once per tick.
  CHECK(spillway.notebook.templates ==
        std::vector<std::string>{"web registry.example/web:1",
                                 "mount /data: a directory of one machine"});
}

TEST_CASE("an update of the cluster reaches new groups once the cluster is through with it") {
  World world{};
  world.cluster->replicas["web"] = replica_with("registry.example/web:1");
  Controller& spillway{world.start(&leave_to_cluster)};
  world.run_for(30s);

  world.cluster->pools["web"].is_rolling = true;
  world.cluster->replicas["web"] = replica_with("registry.example/web:2");
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  CHECK(world.cloud.find(world.cloud.names().at(0))->request.replica.image ==
        "registry.example/web:1");

  world.cluster->pools["web"].is_rolling = false;
  world.load_rps = 48.0;
  REQUIRE(world.run_until([&] { return world.serving() == 6; }, 60s));
  CHECK(spillway.notebook.templates.size() == 4);
  CHECK(world.cloud.find(world.cloud.names().at(1))->request.replica.image ==
        "registry.example/web:2");
}

TEST_CASE("a cluster that falls silent does not take the template away, nor does a reload") {
  World world{};
  world.cluster->replicas["web"] = replica_with("registry.example/web:1");
  Controller& spillway{world.start(&leave_to_cluster)};
  world.run_for(30s);
  world.cluster->outage = Error{Errc::timeout, "two of three managers are gone"};
  spillway.loop->reload(spillway.config);
  world.load_rps = 40.0;
  CHECK(world.run_until([&] { return !world.cloud.names().empty(); }, 60s));
  CHECK(world.cloud.find(world.cloud.names().at(0))->request.replica.image ==
        "registry.example/web:1");
}

TEST_CASE("killed before the create, the successor waits for the cluster to tell the template") {
  World world{};
  world.cluster->replicas["web"] = replica_with("registry.example/web:1");
  Controller& spillway{world.start(&leave_to_cluster)};
  spillway.store.on_written([&](const StateBatch& batch) {
    if (!batch.groups.empty()) world.kill(spillway);
  });
  world.load_rps = 40.0;
  world.run_for(30s);
  REQUIRE(spillway.life->is_over);
  world.cluster->outage = Error{Errc::unavailable, "restarting"};
  world.start(&leave_to_cluster);
  world.run_for(1min);
  CHECK(world.cloud.count_calls("create") == 0);
  world.cluster->outage.reset();
  world.cluster->replicas["web"] = replica_with("registry.example/web:2");
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  const FakeGroup* group{world.cloud.find(world.cloud.names().at(0))};
  CHECK(group->request.replica.image == "registry.example/web:2");
  CHECK(group->request.tags.template_hash == template_hash(group->request.replica));
}

TEST_CASE("a template of the cluster that was taken back stays out after a restart") {
  World world{};
  world.cluster->replicas["web"] = replica_with("registry.example/web:1");
  Controller& spillway{world.start(&leave_to_cluster)};
  world.load_rps = 40.0;
  REQUIRE(world.run_until([&] { return world.serving() == 5; }, 60s));
  world.run_for(1min);
  world.broken_image = "registry.example/web:2";
  world.cluster->replicas["web"] = replica_with(world.broken_image);
  REQUIRE(world.run_until([&] { return !spillway.notebook.rollbacks.empty(); }, 60min));
  REQUIRE(world.run_until([&] { return world.cloud.names().size() == 1; }, 30min));
  world.kill(spillway);
  const std::size_t created{world.cloud.count_calls("create")};

  world.start(&leave_to_cluster);
  world.run_for(20min);
  CHECK(world.cloud.count_calls("create") == created);
  world.load_rps = 48.0;
  CHECK(world.run_until([&] { return world.serving() == 6; }, 2min));
  for (const std::string& name : world.cloud.names()) {
    CHECK(world.cloud.find(name)->request.replica.image == "registry.example/web:1");
  }
}

}  // namespace
}  // namespace spillway::testing::template_test
