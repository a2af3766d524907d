#include "policies/script/lua_policy.hpp"

#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "policies/decide.hpp"
#include "policies/latency/target_utilization.hpp"
#include "tests/policies/scene.hpp"
#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::lua_policy_test {
namespace {

using namespace std::chrono_literals;
using testing::Alone;
using testing::monday;
using testing::read;
using testing::scene;

LuaPolicy policy_of(std::string source) {
  return LuaPolicy{{.source = std::move(source)}};
}

/// The answer of a script whose function has this body.
Recommendation answer(const std::string& body, const Snapshot& now = scene(4)) {
  return policy_of("function recommend(now)\n" + body + "\nend").recommend(now, {});
}

LuaPolicy example(const std::string& name) {
  std::ifstream file{std::string{SPILLWAY_SOURCE_ROOT} + "/config/policies/" + name};
  const std::string source{std::istreambuf_iterator<char>{file}, {}};
  CHECK_FALSE(problem_with_script(source));
  return LuaPolicy{{.file = "policies/" + name, .source = source}};
}

TEST_CASE("a script is a function from what is seen to what is asked for") {
  Snapshot now{scene(4, 2)};
  read(now, "load", 142.0);
  const Recommendation asked{
      answer("return {floor = now.load / 7, ceiling = 30, vms = 8, words = 'because'}", now)};
  CHECK(asked.policy == "lua");
  CHECK(asked.floor == 21_replicas);
  CHECK(asked.ceiling == 30_replicas);
  CHECK(asked.vms == 8_replicas);
  CHECK_FALSE(asked.is_hold);
  CHECK(asked.words == "because");
  CHECK(asked.because == Because::script_said);
  CHECK(answer("return {hold = true}").is_hold);
  CHECK(answer("return {}").because == Because::no_opinion);
}

TEST_CASE("the script sees the whole snapshot, and what is unknown is nil") {
  Snapshot now{scene(4, 2)};
  now.fleet.base->pending = 1_replicas;
  now.fleet.vms = {.ready = {3}, .starting = {1}};
  read(now, "load", 142.0);
  now.readings.set("utilization", Reading::stale(0.9, now.taken_at - 90s, "too old"));
  now.readings.set("depth", Reading::fresh(7.0, now.taken_at - 5s));
  now.standby = Standby{.ready = {2}, .starting = {1}};
  now.spend = {.this_hour = usd(1.0), .today = usd(2.0), .this_month = usd(3.0)};
  const std::vector<std::string> claims{
      "now.at == 1795444200",
      "now.workload == 'web'",
      "now.load == 142",
      "now.utilization == nil",
      "now.readings.utilization.value == 0.9 and now.readings.utilization.quality == 'stale'",
      "now.readings.utilization.age == 90",
      "now.readings.depth.value == 7 and now.readings.depth.age == 5",
      "now.base.ready == 4 and now.base.pending == 1 and now.base.room == 0",
      "now.burst.serving == 2 and now.burst.starting == 0 and now.total == 9",
      "now.vms.ready == 3 and now.vms.starting == 1",
      "now.start.median == 30 and now.start.p95 == 60",
      "math.abs(now.price - 0.0594) < 1e-12",
      "now.spend.hour == 1 and now.spend.day == 2 and now.spend.month == 3",
      "now.standby.ready == 2 and now.standby.starting == 1 and now.standby.start == 5",
      "now.last == nil and #now.memory == 0"};
  for (const std::string& claim : claims) {
    CAPTURE(claim);
    CHECK(answer("assert(" + claim + ") return {floor = 1}", now).floor == 1_replicas);
  }
  now.fleet.base.reset();
  CHECK(answer("assert(now.base == nil and now.total == nil) return {floor = 1}", now).floor);
}

TEST_CASE("memory goes from tick to tick as a list of numbers") {
  const LuaPolicy policy{policy_of(R"(
    function recommend(now)
      local ticks = (now.memory[1] or 0) + 1
      return {floor = ticks, memory = {ticks, 2.5}}
    end)")};
  Alone alone{policy};
  for (int tick{1}; tick <= 5; ++tick) CHECK(alone.tick(scene(4)).floor->count == tick);
  CHECK(alone.past().memory("lua") == Memory{5.0, 2.5});
}

TEST_CASE("nothing in the sandbox reaches the machine") {
  for (const std::string name :
       {"io",          "os",          "require",        "package",      "load",
        "loadstring",  "loadfile",    "dofile",         "debug",        "pcall",
        "xpcall",      "coroutine",   "setmetatable",   "getmetatable", "rawset",
        "rawget",      "next",        "collectgarbage", "print",        "warn",
        "utf8",        "string.find", "string.match",   "string.gsub",  "string.gmatch",
        "string.dump", "string.pack", "table.move",     "math.random",  "math.randomseed",
        "('x').find",  "('x').dump",  "_G.load",        "_ENV.io"}) {
    CAPTURE(name);
    CHECK(answer("assert(" + name + " == nil) return {floor = 1}").floor == 1_replicas);
  }
}

TEST_CASE("what would run for ever, or fill the memory, ends soon") {
  for (const std::string body :
       {"while true do end",
        "local function f() return f() end f()",
        "local function f() f() end f()",
        "repeat local t = {} until false",
        "local s = 'x' while true do s = s .. s end",
        "return {words = ('x'):rep(1e9)}",
        "return {words = (''):rep(1e15)}",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local s = ('x'):rep(1e5) local t = ('x'):rep(1e5) while true do local b = s == t end",
        "while true do local s = ('x'):rep(1e5) end",
        "local t = {} for k = 0, 62 do t[1 << k] = 1 end table.insert(t, 1, 0)",
        "local t = {} for k = 0, 62 do t[1 << k] = 1 end table.remove(t, 1)",
        "local t = {} for k = 0, 62 do t[1 << k] = 1 end return {memory = t}",
        "table.concat({}, '', 1, 1e15)",
        "table.unpack({}, 1, 1e8)",
        "table.unpack({}, 1, 1e6)",
        "local t = {} for i = 1, 200 do t[i] = i end table.sort(t)",
        "table.sort({3, 1, 2, 5, 4}, function() return true end) while true do end",
        "local t = {} for i = 1, 1e4 do t[i] = ('x'):rep(100) .. i end return t",
        "local s = ('1'):rep(1e5) s = s .. s while true do local n = s + s end",
        "local s = ('1'):rep(900) while true do local n = s + s end",
        "local s = ('1'):rep(900) while true do local n = tonumber(s) end",
        "return {words = string.format('%p', now)}",
        "return {words = string.format('%s', now)}"}) {
    CAPTURE(body);
    const std::clock_t began{std::clock()};
    const Recommendation asked{answer(body)};
    CHECK(asked.because == Because::script_failed);
    CHECK(std::clock() - began < 2 * CLOCKS_PER_SEC);  // of this program, however busy the machine
  }
}

TEST_CASE("the same input gives the same words, whatever lies where in memory") {
  const LuaPolicy policy{policy_of(R"(
    function recommend(now)
      local keys = {}
      local t = {zebra = 1, apple = 2, [3] = 'c', [1] = 'a', [2.5] = 'b', mango = 3, [-1] = 'z'}
      for i = 1, 50 do t['k' .. i] = i end
      for key, value in pairs(t) do keys[#keys + 1] = tostring(key) .. '=' .. tostring(value) end
      return {words = table.concat(keys, ' ', 1, 9) .. tostring({}) .. tostring(recommend)}
    end)")};
  const Recommendation first{policy.recommend(scene(4), {})};
  CHECK(first.words == "-1=z 1=a 2.5=b 3=c apple=2 k1=1 k10=10 k11=11 k12=12tablefunction");
  for (int i{0}; i < 20; ++i) CHECK(policy.recommend(scene(4), {}) == first);
  CHECK(answer("for k in pairs({[now] = 1}) do end").words ==
        "the script has a fault, and so nothing shrinks: line 2: pairs: keys must be numbers or "
        "texts, "
        "found a table");
}

TEST_CASE("a script that cannot be used is refused with its line when the config is loaded") {
  struct Row {
    std::string source;
    int line;
    std::string message;
  };
  for (const Row& row :
       std::vector<Row>{{"", 0, "the script is empty"},
                        {"x = 1", 0, "script: has no function named recommend"},
                        {"recommend = 5", 0, "script: has no function named recommend"},
                        {"\n\nfunction recommend(now)\n  return return\nend", 4,
                         "script: unexpected symbol near 'return'"},
                        {"local x = nil\nlocal y = x.z\nfunction recommend() end", 2,
                         "script: attempt to index a nil value (local 'x')"},
                        {"while true do end", 1,
                         "script: takes too long: the limit of instructions is reached"}}) {
    CAPTURE(row.source);
    const auto problem{problem_with_script(row.source)};
    REQUIRE(problem);
    CHECK(problem->line == row.line);
    CHECK(problem->message == row.message);
  }
  CHECK_FALSE(problem_with_script("function recommend() return {} end"));
}

TEST_CASE("any bytes are a policy or a problem, and never anything else") {
  const std::string usual{
      "local n = 7\nfunction recommend(now)\n  if now.load then return {floor = math.ceil(now.load "
      "/ n), memory = {1, 2}, words = string.format('%d', 3)} end\n  return {hold = true}\nend\n"};
  testing::for_each_seed(3000, [&](testing::Gen& gen) {
    std::string source{usual};
    for (int i{gen.integer(1, 5)}; i > 0 && !source.empty(); --i) {
      const auto at{static_cast<std::size_t>(gen.integer(0, static_cast<int>(source.size()) - 1))};
      switch (gen.integer(0, 3)) {
        case 0:
          source[at] = static_cast<char>(gen.integer(-128, 127));
          break;
        case 1:
          source.erase(at, static_cast<std::size_t>(gen.integer(1, 20)));
          break;
        case 2:
          source.insert(at, source.substr(0, static_cast<std::size_t>(gen.integer(1, 60))));
          break;
        default:
          source.insert(at, 1, "{}[]()=,'\"#.:~<>+-*/%^&|;\n\0"[gen.integer(0, 27)]);
          break;
      }
    }
    Snapshot now{scene(4)};
    read(now, "load", 70.0);
    const Recommendation asked{policy_of(source).recommend(now, {})};
    CHECK_FALSE(asked.words.empty());
    CHECK(asked.memory.numbers().size() <= LuaPolicy::most_kept);
  });
  // Bytecode is not taken for a script: it could reach out of any sandbox.
  const auto problem{problem_with_script("\x1bLua")};
  REQUIRE(problem);
  CHECK(problem->message.find("binary") != std::string::npos);
}

TEST_CASE("scripts are told apart by the names of their files") {
  CHECK(LuaPolicy{{.file = "policies/office_hours.lua"}}.name() == "lua:office_hours");
  CHECK(LuaPolicy{{.file = "x.lua"}}.name() == "lua:x");
  CHECK(policy_of("").name() == "lua");
}

// --- the worked examples ------------------------------------------------------------------------

TEST_CASE("example: steps on thresholds, a minute apart") {
  const LuaPolicy policy{example("step_thresholds.lua")};
  Alone alone{policy};
  const auto tick{[&](Duration at, int burst, double utilization) {
    Snapshot now{scene(6, burst, monday + at)};
    return alone.tick(read(now, "utilization", utilization));
  }};
  CHECK(tick(0s, 0, 0.97).floor == 11_replicas);
  CHECK(tick(15s, 5, 0.97).floor == 11_replicas);
  CHECK(tick(75s, 5, 0.85).floor == 13_replicas);
  CHECK(tick(135s, 7, 0.3).words == "30 %: a step of -1");
  CHECK(tick(150s, 7, 0.3).floor == 12_replicas);
  Snapshot unseen{scene(6, 7, monday + 165s)};
  unseen.readings.set("utilization", Reading::missing("down"));
  CHECK(alone.tick(unseen).is_hold);
}

TEST_CASE("example: steps beyond the limits are not held against the next hour") {
  DecisionPolicy policy{};
  policy.policies.push_back(std::make_shared<LuaPolicy>(example("step_thresholds.lua")));
  policy.limits.max_burst = 10;
  History past{};
  Decision decision{};
  for (Duration at{0s}; at < 75min; at += 15s) {
    Snapshot now{scene(8, decision.burst.count, monday + at)};
    const double load{at < 1h ? 25.0 : 6.0};
    read(now, "utilization", std::min(1.0, load / (8 + decision.burst.count)));
    Decided decided{decide(policy, now, std::move(past))};
    past = std::move(decided.next);
    decision = std::move(decided.decision);
    CHECK(decision.desired <= 23_replicas);
  }
  CHECK(decision.burst < 10_replicas);
}

TEST_CASE("example: at night few burst replicas, unless requests are late") {
  const LuaPolicy policy{example("night_ceiling.lua")};
  CHECK(policy.recommend(scene(6), {}).because == Because::no_opinion);  // 14:30
  Snapshot night{scene(6, 0, monday + 9h)};
  CHECK(policy.recommend(night, {}).ceiling == 10_replicas);
  CHECK(policy.recommend(night, {}).words == "night: 6 on the cluster and 4 more");
  CHECK_FALSE(policy.recommend(read(night, "late", 0.1), {}).ceiling);
}

TEST_CASE("example: the peak of the last ten minutes") {
  const LuaPolicy policy{example("recent_peak.lua")};
  Alone alone{policy};
  Snapshot now{scene(6)};
  CHECK(alone.tick(read(now, "load", 140.0)).floor == 22_replicas);
  for (int i{0}; i < 36; ++i) {  // nine minutes
    now.taken_at += 15s;
    CHECK(alone.tick(read(now, "load", 14.0)).floor == 22_replicas);
  }
  now.taken_at += 1min;
  CHECK(alone.tick(read(now, "load", 14.0)).floor == 3_replicas);
  CHECK(alone.past().memory("lua:recent_peak").size() <= 20);
}

}  // namespace
}  // namespace spillway::lua_policy_test
