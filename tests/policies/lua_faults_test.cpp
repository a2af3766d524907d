// What a script's faults do, and what they do not: the controller goes on, nothing shrinks by them.
#include <memory>
#include <string>
#include <utility>

#include "policies/decide.hpp"
#include "policies/latency/target_utilization.hpp"
#include "policies/script/lua_policy.hpp"
#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::lua_faults_test {
namespace {

using namespace std::chrono_literals;
using testing::monday;
using testing::read;
using testing::scene;

LuaPolicy policy_of(std::string source) {
  return LuaPolicy{{.source = std::move(source)}};
}

TEST_CASE("a fault shrinks nothing, is told with its line, and forgets nothing") {
  struct Row {
    std::string body;
    std::string words;
  };
  for (const Row& row : std::vector<Row>{
           {"return now.nothing.there", "line 2: attempt to index a nil value (field 'nothing')"},
           {"error('not today')", "line 2: not today"},
           {"error({})", "raised an error that is no text"},
           {"return 5", "returns no table"},
           {"return nil", "returns no table"},
           {"return {1, 2}", "returns a list instead of a table with names"},
           {"return {flor = 5}",
            "returns the unknown key \"flor\"; known are floor, ceiling, vms, hold, words and "
            "memory"},
           {"return {floor = 'many'}", "returns a floor that is no count"},
           {"return {floor = -1}", "returns a floor that is no count"},
           {"return {floor = 0/0}", "returns a floor that is no count"},
           {"return {ceiling = 1/0}", "returns a ceiling that is no count"},
           {"return {hold = 1}", "returns a hold that is not true or false"},
           {"return {words = 5}", "returns words that are no text"},
           {"return {memory = {1, 'x'}}", "returns a memory that is no list of finite numbers"},
           {"return {memory = {1/0}}", "returns a memory that is no list of finite numbers"},
           {"local m = {} for i = 1, 257 do m[i] = i end return {memory = m}",
            "returns a memory of 257 numbers; at most 256 are kept"},
           {"return {words = now.base}", "returns words that are no text"},
           {"return {floor = function() end}", "returns a function"},
           {"local t = {} t.a = t return t", "returns tables too deep within each other"},
           {"return {[1.5] = 2}", "returns a table with a key that is no text"}}) {
    CAPTURE(row.body);
    const LuaPolicy policy{policy_of("function recommend(now)\n" + row.body + "\nend")};
    History past{};
    past.memories["lua"] = {7.0};
    const Recommendation asked{policy.recommend(scene(4), past)};
    CHECK(asked.because == Because::script_failed);
    CHECK(asked.words == "the script has a fault, and so nothing shrinks: " + row.words);
    CHECK_FALSE(asked.floor);
    CHECK(asked.is_hold);
    past.memories["lua"] = asked.memory;
    // The script's own memory is still there when it answers again.
    const LuaPolicy mended{
        policy_of("function recommend(now) return {floor = #now.memory, memory = now.memory} end")};
    CHECK(mended.recommend(scene(4), past).floor == 1_replicas);
    CHECK(mended.recommend(scene(4), past).memory.numbers() == Memory{7.0});
  }
}

/// A script that fails while the queue is 1, beside a policy that follows the load.
DecisionPolicy with_script(bool is_alone) {
  DecisionPolicy policy{};
  policy.policies.push_back(std::make_shared<LuaPolicy>(LuaSettings{.source = R"(
    function recommend(now)
      if now.queue == 1 then error('no luck') end
      return {floor = 10, memory = {3, 4}}
    end)"}));
  if (!is_alone) {
    policy.policies.push_back(std::make_shared<TargetUtilization>(
        TargetUtilizationSettings{.replica_capacity_rps = 10.0}));
  }
  policy.trust.recovery_hold = 0s;
  policy.behavior.scale_in = {};
  return policy;
}

/// Decides at an instant with a script that fails or not, and goes on from there.
Decision tick(const DecisionPolicy& policy, History& past, Duration at, bool fails) {
  Snapshot now{scene(4, 6, monday + at)};
  read(now, "load", 35.0);
  read(now, "queue", fails ? 1.0 : 0.0);
  Decided decided{decide(policy, now, std::move(past))};
  past = std::move(decided.next);
  return std::move(decided.decision);
}

TEST_CASE("a script that fails for ever lets the others shrink after ten minutes") {
  const DecisionPolicy policy{with_script(false)};
  History past{};
  CHECK(tick(policy, past, 0s, false).desired == 10_replicas);
  for (Duration at{15s}; at < 10min + 15s; at += 15s) {
    CAPTURE(to_string(at));
    const Decision decision{tick(policy, past, at, true)};
    REQUIRE(decision.desired == 10_replicas);
    REQUIRE(decision.is_blind);
  }
  tick(policy, past, 10min + 15s, true);  // readings have only just come back
  const Decision decision{tick(policy, past, 10min + 30s, true)};
  CHECK(decision.desired == 5_replicas);
  CHECK_FALSE(decision.is_blind);
  CHECK(decision.recommendations.front().because == Because::script_failed);
  CHECK(decision.recommendations.front().words ==
        "the script fails since 2026-11-23T14:30:15.000Z and is not counted any more: line 3: no "
        "luck");
}

TEST_CASE("a script that fails over a missing reading holds for as long as it is missing") {
  const DecisionPolicy policy{[] {
    DecisionPolicy made{with_script(false)};
    made.policies.front() = std::make_shared<LuaPolicy>(
        LuaSettings{.source = "function recommend(now) return {floor = now.queue * 10} end"});
    return made;
  }()};
  History past{};
  const auto decided_at{[&](Duration at, bool has_queue) {
    Snapshot now{scene(4, 6, monday + at)};
    read(now, "load", 35.0);
    if (has_queue) {
      read(now, "queue", 1.0);
    } else {
      now.readings.set("queue", Reading::missing("source down"));
    }
    Decided decided{decide(policy, now, std::move(past))};
    past = std::move(decided.next);
    return std::move(decided.decision);
  }};
  CHECK(decided_at(0s, true).desired == 10_replicas);
  for (Duration at{15s}; at < 2h; at += 15s) {
    const Decision decision{decided_at(at, false)};
    REQUIRE(decision.desired == 10_replicas);
    REQUIRE(decision.is_blind);
  }
}

TEST_CASE("one answer ends a script's failure, and the next one holds ten minutes anew") {
  const DecisionPolicy policy{with_script(false)};
  History past{};
  for (Duration at{0s}; at < 30min; at += 15s) tick(policy, past, at, true);
  CHECK(past.last->count == 5_replicas);
  CHECK(tick(policy, past, 30min, false).desired == 10_replicas);
  CHECK(past.memory("lua") == Memory{3.0, 4.0});
  for (Duration at{30min + 15s}; at < 40min; at += 15s) {
    REQUIRE(tick(policy, past, at, true).desired == 10_replicas);
  }
}

TEST_CASE("a script that fails is held to since its first fault, also after a long stop") {
  const DecisionPolicy policy{with_script(false)};
  History past{};
  tick(policy, past, 0s, false);
  tick(policy, past, 15s, true);
  past = {.memories = past.memories};  // what a controller begins with after more than an hour
  CHECK_FALSE(tick(policy, past, 3h, true).is_blind);
  // A clock that was set back begins anew.
  CHECK(tick(policy, past, 0s, true).is_blind);
}

TEST_CASE("a script that fails and is the only one to ask holds for ever") {
  const DecisionPolicy policy{with_script(true)};
  History past{};
  tick(policy, past, 0s, false);
  for (Duration at{15s}; at < 3h; at += 15s) {
    const Decision decision{tick(policy, past, at, true)};
    REQUIRE(decision.desired == 10_replicas);
    REQUIRE(decision.is_blind);
    REQUIRE(decision.because == Because::script_failed);
  }
}

}  // namespace
}  // namespace spillway::lua_faults_test
