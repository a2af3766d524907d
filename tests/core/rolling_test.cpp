#include "controller/core/rolling.hpp"

#include <string>
#include <vector>

#include "controller/core/planner.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::rolling_test {
namespace {

using namespace std::chrono_literals;
using enum GroupPhase;

constexpr TimePoint start{1'795'444'200'000ms};

/// A fleet that does what plans say, at once; new groups serve 10 s after their create.
struct Fleet {
  std::vector<Group> groups{};
  int wanted{3};
  RollLimits limits{.max_surge = 1, .soak = 30s};
  TimePoint now{start};
  int serving_least{1000};
  int running_most{0};

  explicit Fleet(int old) {
    for (int i{0}; i < old; ++i) {
      groups.push_back({.id = {"old-" + std::to_string(i)},
                        .phase = serving,
                        .template_hash = "old",
                        .created_at = start - 1h,
                        .serving_since = start - 1h});
    }
  }

  Plan plan() const {
    Decision decision{.at = now, .desired = {wanted}, .burst = {wanted}};
    spillway::Fleet seen{.base = BasePool{}, .burst = groups};
    PlanLimits planned{.template_hash = "new"};
    planned.drain_share_per_tick = 1.0;
    planned.roll = limits;
    return plan_burst(decision, seen, {{.place = {.subscription = "s", .region = "r"}}}, planned);
  }

  void step() {
    const Plan done{plan()};
    for (const CreateGroup& create : done.creates) {
      groups.push_back(
          {.id = create.id, .phase = creating, .template_hash = "new", .created_at = now});
    }
    for (const DrainGroup& drain : done.drains) {
      std::erase_if(groups, [&](const Group& group) { return group.id == drain.id; });
    }
    now += 5s;
    for (Group& group : groups) {
      if (group.phase == creating && now - group.created_at >= 10s) {
        group.phase = serving;
        group.serving_since = now;
      }
    }
    const BurstCount count{count_burst(groups)};
    serving_least = std::min(serving_least, count.serving.count);
    running_most = std::max(running_most, count.wanted().count);
  }

  int outdated() const {
    int count{0};
    for (const Group& group : groups) count += group.template_hash == "old" ? 1 : 0;
    return count;
  }

  /// How long until nothing is outdated any more.
  Duration roll() {
    const TimePoint began{now};
    while (outdated() > 0 && now - began < 1h) step();
    return now - began;
  }
};

TEST_CASE("a changed template rolls through one by one and never below the wanted count") {
  Fleet fleet{3};
  const Duration took{fleet.roll()};
  CHECK(fleet.outdated() == 0);
  CHECK(fleet.serving_least == 3);
  CHECK(fleet.running_most == 4);
  CHECK(fleet.groups.size() == 3);
  CHECK(took >= 3 * (10s + 30s));  // each batch starts, and settles
  CHECK(took <= 3 * (10s + 30s + 15s));
  CHECK(fleet.plan().is_empty());
}

TEST_CASE("a larger surge is faster, a pause slower") {
  Fleet slow{4};
  slow.wanted = 4;
  Fleet fast{slow};
  fast.limits.max_surge = 4;
  Fleet pausing{slow};
  pausing.limits.pause = 60s;
  const Duration one_by_one{slow.roll()};
  CHECK(fast.roll() < one_by_one);
  CHECK(fast.running_most == 8);
  CHECK(pausing.roll() >= one_by_one + 3 * 50s);  // a tick of each pause passes anyway
}

TEST_CASE("without room for a surge, some may be missing for a while") {
  Fleet fleet{3};
  fleet.limits = {.max_surge = 0, .max_unavailable = 1, .soak = 10s};
  fleet.roll();
  CHECK(fleet.outdated() == 0);
  CHECK(fleet.serving_least == 2);
  CHECK(fleet.running_most == 3);
}

TEST_CASE("nothing of the old leaves while the new does not serve") {
  Fleet fleet{3};
  for (int i{0}; i < 20; ++i) {
    fleet.step();
    for (Group& group : fleet.groups) {
      if (group.template_hash == "new") group.phase = probing;
    }
  }
  CHECK(fleet.outdated() == 3);
  CHECK(fleet.groups.size() == 4);
}

TEST_CASE("demand goes first: growing takes the new template, and shrinking the old replicas") {
  Fleet fleet{3};
  fleet.wanted = 6;
  Plan plan{fleet.plan()};
  CHECK(plan.creates.size() == 3);
  CHECK(plan.drains.empty());
  fleet.step();
  fleet.wanted = 2;
  plan = fleet.plan();
  // 3 old serve and 3 new start: one old leaves, what settles later replaces the others.
  REQUIRE(plan.drains.size() == 1);
  CHECK(plan.drains[0].id.name.starts_with("old"));
}

TEST_CASE("a burst that is not wanted any more ends, whatever the template") {
  Fleet fleet{2};
  fleet.wanted = 0;
  CHECK(fleet.plan().drains.size() == 2);
  CHECK(fleet.plan().creates.empty());
}

TEST_CASE("a large new group does not push out small old ones before it serves") {
  Fleet fleet{8};
  fleet.wanted = 8;
  fleet.groups.push_back(
      {.id = {"big"}, .phase = creating, .size = {.replicas = {4}}, .template_hash = "new"});
  CHECK(fleet.plan().is_empty());
}

TEST_CASE("why a group is created or drained by a roll is said") {
  Fleet fleet{3};
  fleet.limits.max_unavailable = 1;
  const Plan plan{fleet.plan()};
  REQUIRE(plan.creates.size() == 2);
  CHECK(plan.creates[0].because == Because::template_changed);
  REQUIRE(plan.drains.size() == 1);
  CHECK(plan.drains[0].because == Because::template_changed);
}

}  // namespace
}  // namespace spillway::rolling_test
