#include "controller/core/fleet.hpp"

#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::fleet_test {
namespace {

Group group_in(GroupPhase phase, Replicas replicas = {1}) {
  return {.id = {"g"}, .phase = phase, .size = {.replicas = replicas}};
}

TEST_CASE("burst replicas count by how far they came; what will never serve counts nowhere") {
  const std::vector<Group> groups{
      group_in(GroupPhase::intended),     group_in(GroupPhase::creating),
      group_in(GroupPhase::starting),     group_in(GroupPhase::probing, {2}),
      group_in(GroupPhase::serving, {4}), group_in(GroupPhase::serving),
      group_in(GroupPhase::draining),     group_in(GroupPhase::removing),
      group_in(GroupPhase::failed),       group_in(GroupPhase::evicted),
      group_in(GroupPhase::stuck),        group_in(GroupPhase::gone)};
  const BurstCount count{count_burst(groups)};
  CHECK(count == BurstCount{.serving = {5}, .starting = {5}, .draining = {1}});
  CHECK(count.wanted() == 10_replicas);
}

TEST_CASE("what the cluster starts by itself counts as its capacity") {
  CHECK(BasePool{.ready = {6}, .room = {2}}.capacity() == 8_replicas);
  CHECK(BasePool{.ready = {6}, .starting = {3}, .pending = {4}}.capacity() == 6_replicas);
}

TEST_CASE("the total is unknown while a part is unknown, which is not the same as empty") {
  Fleet fleet{};
  CHECK_FALSE(fleet.total());
  fleet.base = BasePool{.ready = {6}, .room = {1}};
  CHECK_FALSE(fleet.total());
  fleet.burst.emplace();
  CHECK(fleet.total() == 7_replicas);
  fleet.vms = {.ready = {2}, .starting = {1}};
  fleet.burst = {group_in(GroupPhase::serving), group_in(GroupPhase::creating),
                 group_in(GroupPhase::draining)};
  CHECK(fleet.total() == 11_replicas);  // 7 base, 2 VMs that are ready, 2 burst
  fleet.base.reset();
  CHECK_FALSE(fleet.total());
}

TEST_CASE("phases have one word each, and every word leads back to its phase") {
  for (int i{0}; i <= static_cast<int>(GroupPhase::stuck); ++i) {
    const auto phase{static_cast<GroupPhase>(i)};
    CAPTURE(i);
    CHECK(group_phase_named(to_string(phase)) == phase);
  }
  CHECK_FALSE(group_phase_named("Serving"));
  CHECK_FALSE(group_phase_named(""));
}

TEST_CASE("only a group that is gone costs nothing for sure") {
  for (int i{0}; i <= static_cast<int>(GroupPhase::stuck); ++i) {
    const auto phase{static_cast<GroupPhase>(i)};
    CAPTURE(to_string(phase));
    CHECK(may_cost_money(phase) == (phase != GroupPhase::gone));
  }
}

TEST_CASE("a place prints as people name it") {
  CHECK(to_string(Place{.subscription = "s", .region = "eastus"}) == "eastus");
  CHECK(to_string(Place{.region = "eastus", .zone = "2"}) == "eastus/2");
  CHECK(to_string(Place{.region = "westeurope", .priority = Priority::spot}) == "westeurope spot");
}

}  // namespace
}  // namespace spillway::fleet_test
