#include "policies/decide.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "policies/latency/target_utilization.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::decide_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{1'795'444'200'000ms};

/// Replicas of 10 req/s filled to 70 %: n * 7 req/s need n replicas.
DecisionPolicy usual() {
  DecisionPolicy policy{};
  policy.policies.push_back(
      std::make_unique<TargetUtilization>(TargetUtilizationSettings{.replica_capacity_rps = 10.0}));
  return policy;
}

/// Six base replicas and `burst` groups that serve.
Snapshot world(Duration at, double load_rps, int burst = 0) {
  Snapshot snapshot{.taken_at = t0 + at, .workload = "web"};
  snapshot.readings.set("load", Reading::fresh(load_rps, snapshot.taken_at));
  snapshot.fleet.base = BasePool{.ready = {6}};
  snapshot.fleet.burst.emplace();
  for (int i{0}; i < burst; ++i) {
    snapshot.fleet.burst->push_back(
        {.id = {"g" + std::to_string(i)}, .phase = GroupPhase::serving});
  }
  return snapshot;
}

Snapshot blinded(Snapshot snapshot) {
  snapshot.readings.set("load", Reading::missing("source down"));
  return snapshot;
}

/// Ticks one after another, each with the history of the one before.
struct Story {
  DecisionPolicy policy{usual()};
  History past{};

  Decision tick(const Snapshot& snapshot) {
    Decided decided{decide(policy, snapshot, past)};
    past = std::move(decided.next);
    return std::move(decided.decision);
  }
};

/// The last step of `who`.
const TrailStep& step_of(std::string_view who, const Decision& decision) {
  const auto found{
      std::ranges::find(decision.trail.rbegin(), decision.trail.rend(), who, &TrailStep::who)};
  REQUIRE(found != decision.trail.rend());
  return *found;
}

TEST_CASE("the cluster's own room is used first, and only the rest overflows") {
  Story story{};
  Decision decision{story.tick(world(0s, 42.0))};
  CHECK(decision.desired == 6_replicas);
  CHECK(decision.burst == 0_replicas);
  decision = story.tick(world(15s, 70.0));
  CHECK(decision.desired == 10_replicas);
  CHECK(decision.burst == 4_replicas);
  CHECK(decision.because == Because::load_over_target);
  CHECK(decision.trail.back().because == Because::demand_exceeds_base);

  Snapshot with_room{world(30s, 70.0)};
  with_room.fleet.base->room = {3};
  with_room.fleet.vms.ready = {1};
  decision = story.tick(with_room);
  CHECK(decision.burst == 0_replicas);
  CHECK(decision.vms == 1_replicas);
  CHECK(decision.trail.back().because == Because::local_first);
}

TEST_CASE("a scale-in removes burst before base, after its window") {
  Story story{};
  story.tick(world(0s, 70.0));
  CHECK(story.tick(world(15s, 14.0, 4)).burst == 4_replicas);
  CHECK(story.tick(world(105s, 14.0, 4)).burst == 4_replicas);
  const Decision decision{story.tick(world(120s, 14.0, 4))};
  CHECK(decision.desired == 2_replicas);
  CHECK(decision.burst == 0_replicas);
}

TEST_CASE("hard limits hold, and the trail names them") {
  Story story{};
  story.policy.limits = {.min = 2, .max_total = 12, .max_burst = 3};
  Decision decision{story.tick(world(0s, 700.0))};
  CHECK(decision.desired == 12_replicas);
  CHECK(decision.burst == 3_replicas);
  CHECK(decision.because == Because::too_many_replicas);
  CHECK(decision.trail.back().words == "limits.max_burst is 3");
  decision = story.tick(world(10min, 0.0, 3));
  CHECK(decision.desired == 2_replicas);
  CHECK(decision.because == Because::too_few_replicas);
}

TEST_CASE("max_burst cuts the burst alone, not what the cluster starts by itself") {
  Story story{};
  story.policy.limits.max_burst = 2;
  const Decision decision{story.tick(world(0s, 70.0))};
  CHECK(decision.desired == 10_replicas);
  CHECK(decision.burst == 2_replicas);
}

TEST_CASE("with neither history nor cluster, what runs in the provider is what is wanted") {
  Story story{};
  Snapshot unknown{blinded(world(0s, 0.0, 4))};
  unknown.fleet.base.reset();
  for (int i{0}; i < 2; ++i) {
    unknown.taken_at = t0 + i * 15s;
    const Decision decision{story.tick(unknown)};
    CHECK(decision.desired == 4_replicas);  // none of them on a cluster that nobody sees
    CHECK(decision.burst == 4_replicas);
  }
}

TEST_CASE("while the base is unknown the burst is kept and grows only by what is wanted more") {
  Story story{};
  story.tick(world(0s, 70.0));
  Snapshot unknown{world(15s, 70.0, 4)};
  unknown.fleet.base.reset();
  Decision decision{story.tick(unknown)};
  CHECK(decision.is_blind);
  CHECK(decision.burst == 4_replicas);
  CHECK(decision.trail.back().because == Because::fleet_unknown);

  unknown.taken_at = t0 + 30s;
  unknown.readings.set("load", Reading::fresh(84.0, unknown.taken_at));
  CHECK(story.tick(unknown).burst == 6_replicas);
  unknown.taken_at = t0 + 45s;
  CHECK(story.tick(unknown).burst == 6_replicas);  // once, not at every tick
  unknown.taken_at = t0 + 60s;
  unknown.readings.set("load", Reading::fresh(0.0, unknown.taken_at));
  CHECK(story.tick(unknown).burst == 6_replicas);
}

TEST_CASE("a restart with a grown fleet keeps it for the whole scale-in window") {
  Story story{};
  CHECK(story.tick(world(0s, 14.0, 4)).desired == 10_replicas);
  CHECK(story.tick(world(15s, 14.0, 4)).desired == 10_replicas);
  CHECK(story.tick(world(105s, 14.0, 4)).burst == 4_replicas);
  CHECK(story.tick(world(120s, 14.0, 4)).burst == 0_replicas);
}

TEST_CASE("a restart whose first tick cannot see the cluster does not drop the burst at the next") {
  Story story{};
  Snapshot unknown{world(0s, 14.0, 4)};
  SUBCASE("the cluster could not be read") {
    unknown.fleet.base.reset();
  }
  SUBCASE("the provider could not be listed") {
    unknown.fleet.burst.reset();
  }
  SUBCASE("neither") {
    unknown.fleet = {};
  }
  story.tick(unknown);
  CHECK(story.tick(world(15s, 14.0, 4)).burst == 4_replicas);
  CHECK(story.tick(world(30s, 14.0, 4)).burst == 4_replicas);
  // What was held while recovering counts as wanted, so the window begins with the last of it.
  CHECK(story.tick(world(149s, 14.0, 4)).burst == 4_replicas);
  CHECK(story.tick(world(150s, 14.0, 4)).burst == 0_replicas);
}

TEST_CASE("blind: hold, then the safe level, then a wait before anything shrinks") {
  Story story{};
  story.policy.trust.fallback_replicas = 15;
  story.policy.behavior.scale_in.stabilization_window = 0s;
  story.tick(world(0s, 70.0));
  Decision decision{story.tick(blinded(world(15s, 0.0, 4)))};
  CHECK(decision.is_blind);
  CHECK(decision.desired == 10_replicas);
  CHECK(decision.because == Because::no_data);
  CHECK(story.tick(blinded(world(314s, 0.0, 4))).desired == 10_replicas);
  decision = story.tick(blinded(world(315s, 0.0, 4)));
  CHECK(decision.desired == 15_replicas);
  CHECK(decision.because == Because::fallback);

  CHECK(story.tick(world(330s, 14.0, 9)).desired == 15_replicas);
  CHECK(story.tick(world(389s, 14.0, 9)).desired == 15_replicas);
  CHECK(story.tick(world(390s, 14.0, 9)).desired == 2_replicas);
}

TEST_CASE("no policy that asks for anything keeps what runs") {
  Story story{};
  story.policy.policies.clear();
  const Decision decision{story.tick(world(0s, 700.0, 4))};
  CHECK(decision.desired == 10_replicas);
  CHECK(decision.burst == 4_replicas);
  CHECK(decision.because == Because::no_opinion);
}

TEST_CASE("machines that are starting do not make the burst grow at every tick") {
  Story story{};
  story.policy.policies.clear();
  Snapshot snapshot{world(0s, 0.0, 4)};
  snapshot.fleet.vms.starting = {2};
  CHECK(story.tick(snapshot).burst == 4_replicas);
}

TEST_CASE("the decision holds each recommendation, and the history each memory") {
  Story story{};
  const Decision decision{story.tick(world(0s, 70.0))};
  REQUIRE(decision.recommendations.size() == 1);
  CHECK(decision.recommendations[0].policy == "target_utilization");
  CHECK(decision.workload == "web");
  CHECK(decision.at == t0);
  CHECK(story.past.memories.contains("target_utilization"));
}

/// Asks for so many replicas on extra VMs, and nothing else.
class WantsVms final : public Policy {
 public:
  WantsVms(std::string name, int vms) : name_{std::move(name)}, vms_{vms} {}
  std::string_view name() const override { return name_; }
  Recommendation recommend(const Snapshot&, const History&) const override {
    return {.policy = name_, .vms = Replicas{vms_}, .because = Because::load_over_target};
  }

 private:
  std::string name_;
  int vms_;
};

TEST_CASE("the highest wish for extra VMs is followed; without one, those that run stay") {
  Story story{};
  Snapshot snapshot{world(0s, 70.0)};
  snapshot.fleet.vms = {.ready = {4}, .starting = {4}};
  CHECK(story.tick(snapshot).vms == 8_replicas);
  story.policy.policies.push_back(std::make_unique<WantsVms>("a", 4));
  story.policy.policies.push_back(std::make_unique<WantsVms>("b", 12));
  const Decision decision{story.tick(snapshot)};
  CHECK(decision.vms == 12_replicas);
  CHECK(step_of("vms", decision).who == "vms");
  CHECK(step_of("vms", decision).before == 8_replicas);
}

TEST_CASE("a machine that is given up does not take the burst with it that stands in for it") {
  // Six in the cluster, four on a machine, two in the burst; twelve are held, the machine goes.
  Story story{};
  story.policy.policies.push_back(std::make_unique<WantsVms>("machines", 0));
  story.policy.replicas_per_vm = 4;
  Snapshot snapshot{world(0s, 84.0, 2)};
  snapshot.fleet.vms.ready = {4};
  Decision decision{story.tick(snapshot)};
  CHECK(decision.vms == 0_replicas);
  CHECK(decision.desired == 12_replicas);
  CHECK(decision.burst == 6_replicas);  // and not 2: the machine holds nothing any more
  CHECK(step_of("local_first", decision).words == "the cluster serves 6 of 12");
  // ... unless machines leave later: the burst would be paid beside them.
  Story patient{};
  patient.policy = std::move(story.policy);
  snapshot.fleet.vms.staying = 4_replicas;
  CHECK(patient.tick(snapshot).vms == 0_replicas);
  CHECK(patient.tick(snapshot).burst == 2_replicas);
  story.policy = std::move(patient.policy);
  snapshot.fleet.vms.staying.reset();
  // One of two machines goes, of which the wish fills a half: it stays whole.
  story.policy.policies.back() = std::make_unique<WantsVms>("machines", 2);
  snapshot.fleet.vms.ready = {8};
  snapshot.taken_at += 15s;
  decision = story.tick(snapshot);
  CHECK(decision.vms == 2_replicas);
  CHECK(decision.burst == 2_replicas);
}

TEST_CASE("a blind tick releases no extra VM") {
  Story story{};
  story.policy.policies.push_back(std::make_unique<WantsVms>("none", 0));
  Snapshot snapshot{world(0s, 70.0)};
  snapshot.fleet.vms = {.ready = {4}, .starting = {0}};
  CHECK(story.tick(snapshot).vms == 0_replicas);
  CHECK(story.tick(blinded(snapshot)).vms == 4_replicas);
}

TEST_CASE("extra VMs keep to max_total by whole machines, as the burst does") {
  Story story{};
  story.policy.policies.push_back(std::make_unique<WantsVms>("many", 400));
  story.policy.limits.max_total = 13;  // six on the cluster: room for seven
  Decision decision{story.tick(world(0s, 70.0))};
  CHECK(decision.vms == 7_replicas);
  CHECK(step_of("vms", decision).who == "vms");
  CHECK(step_of("vms", decision).before == 400_replicas);
  CHECK(step_of("vms", decision).because == Because::too_many_replicas);
  CHECK(step_of("vms", decision).words == "limits.max_total is 13");
  story.policy.replicas_per_vm = 4;  // a second machine would make 14
  CHECK(story.tick(world(15s, 70.0)).vms == 4_replicas);
  story.policy.limits.max_total = 5;
  CHECK(story.tick(world(30s, 70.0)).vms == 0_replicas);
}

/// Allows so many replicas, base and burst together.
class Allows final : public Policy {
 public:
  explicit Allows(int ceiling) : ceiling_{ceiling} {}
  std::string_view name() const override { return "allows"; }
  Recommendation recommend(const Snapshot&, const History&) const override {
    return {.policy = "allows", .ceiling = Replicas{ceiling_}, .because = Because::budget_spent};
  }

 private:
  int ceiling_;
};

TEST_CASE("a ceiling adds no machine, and removes none that runs") {
  Story story{};
  story.policy.policies.push_back(std::make_unique<WantsVms>("many", 400));
  story.policy.policies.push_back(std::make_unique<Allows>(9));
  Decision decision{story.tick(world(0s, 70.0))};
  CHECK(decision.vms == 3_replicas);
  CHECK(step_of("vms", decision).because == Because::budget_spent);
  Snapshot running{world(15s, 70.0)};
  running.fleet.vms = {.ready = {4}, .starting = {4}};
  CHECK(story.tick(running).vms == 8_replicas);
  story.policy.arbiter.conflict = Conflict::floor_wins;
  CHECK(story.tick(world(30s, 70.0)).vms == 400_replicas);
}

TEST_CASE("no machine is added while the fleet is unknown, or drained on a person's order") {
  Story story{};
  story.policy.policies.push_back(std::make_unique<WantsVms>("many", 40));
  Snapshot snapshot{world(0s, 70.0)};
  snapshot.fleet.vms = {.ready = {4}, .starting = {0}};
  Snapshot unknown{snapshot};
  SUBCASE("the cluster could not be read") {
    unknown.fleet.base.reset();
  }
  SUBCASE("the provider could not be listed") {
    unknown.fleet.burst.reset();
  }
  SUBCASE("a person drains") {
    unknown.drained_until = t0 + 1h;
  }
  SUBCASE("the controller ends") {
    unknown.stopping_since = t0;
  }
  CHECK(story.tick(unknown).vms == 4_replicas);
  snapshot.taken_at += 15s;
  CHECK(story.tick(snapshot).vms == 40_replicas);
}

/// Counts its ticks in its memory.
class Counts final : public Policy {
 public:
  std::string_view name() const override { return "counts"; }
  Recommendation recommend(const Snapshot&, const History& past) const override {
    const Memory& memory{past.memory("counts")};
    return {.policy = "counts", .memory = {memory.empty() ? 1.0 : memory[0] + 1.0}};
  }
};

TEST_CASE("a gap of hours keeps what was learned and forgets what was wanted") {
  Story story{};
  story.policy.policies.push_back(std::make_unique<Counts>());
  story.tick(world(0s, 700.0));
  CHECK(story.tick(world(15s, 700.0)).desired == 100_replicas);
  const Decision decision{story.tick(world(3h, 14.0, 4))};
  CHECK(decision.desired == 10_replicas);  // what runs, not what was wanted
  CHECK(story.past.memory("counts") == Memory{3.0});
  CHECK(story.past.changes.empty());
}

TEST_CASE("a clock that was an hour ahead held the burst for that hour once it was right") {
  Story story{};
  story.policy.policies.push_back(std::make_unique<Counts>());
  story.policy.behavior.scale_out.policies.push_back(
      {.type = RatePolicy::Type::replicas, .value = 4, .period = 1min});
  story.tick(world(1h, 42.0));
  CHECK(story.tick(world(1h + 15s, 70.0)).desired == 10_replicas);

  CHECK(story.tick(world(0s, 14.0, 4)).desired == 10_replicas);  // as after any restart
  CHECK(story.past.memory("counts") == Memory{3.0});
  CHECK(story.tick(world(15s, 98.0, 4)).desired == 14_replicas);  // the rate is not used up
  CHECK(story.tick(world(30s, 14.0, 8)).desired == 14_replicas);
  CHECK(story.tick(world(3min, 14.0, 8)).burst == 0_replicas);
}

TEST_CASE("a clock that was ahead while nothing was seen did not recover for as long") {
  Story story{};
  story.policy.trust.recovery_hold = 1min;
  story.tick(world(1h, 14.0, 4));
  story.tick(blinded(world(1h + 15s, 14.0, 4)));
  for (int s{0}; s <= 180; s += 15) story.tick(world(s * 1s, 14.0, 4));
  CHECK(story.past.last_burst == 0_replicas);
}

}  // namespace
}  // namespace spillway::decide_test
