#include "controller/cli/contender_text.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "policies/latency/auto/auto_policy.hpp"
#include "tests/support/skip.hpp"

namespace spillway::cli::contender_text_test {
namespace {

backtest::Load small_load() {
  return {.name = "small", .rps = {10.0, 90.0}, .need = {2, 11}, .held_rps = {0.0}, .base = 4};
}

std::string mistakes(std::string_view text) {
  const auto all{contenders_of(text, {})};
  return all ? std::string{} : all.error().context;
}

TEST_CASE("types stand alone or with settings, and commas inside braces belong to these") {
  const auto all{contenders_of(
      "hpa, keda{target_utilization: 0.5, scale_down_window: 2m},step_thresholds{out_at:90%}", {})};
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 3);
  CHECK((*all)[0].name == "hpa");
  CHECK((*all)[1].name == "keda{target_utilization: 0.5, scale_down_window: 2m}");
  CHECK((*all)[1].build(small_load()).policies.front()->name() == "keda");
  CHECK((*all)[2].build(small_load()).policies.front()->name() == "step_thresholds");
  CHECK(contenders_of("", {})->empty());
}

TEST_CASE("a compared policy has no smoothing but its own, and the provider's quota as its limit") {
  const auto all{contenders_of("keda", {})};
  const DecisionPolicy policy{(*all)[0].build(small_load())};
  CHECK(policy.limits.max_burst == 100);
  CHECK(policy.behavior.scale_in.stabilization_window == Duration::zero());
}

TEST_CASE("KEDA knows from the world what a replica completes") {
  backtest::World world{};
  world.replica.capacity_rps = 20.0;
  const auto all{contenders_of("keda,keda{replica_capacity: 40/s}", world)};
  REQUIRE(all.has_value());
  Snapshot now{.taken_at = backtest::world_begin};
  now.readings.set("load", Reading::fresh(280.0, now.taken_at));
  now.fleet.base = BasePool{.ready = {40}};
  now.fleet.burst.emplace();
  const auto words{[&](std::size_t index) {
    const DecisionPolicy policy{(*all)[index].build(small_load())};
    return policy.policies.front()->recommend(now, {}).words;
  }};
  CHECK(words(0) == "KEDA: 280.0 req/s at a threshold of 14");
  CHECK(words(1) == "KEDA: 280.0 req/s at a threshold of 28");
}

TEST_CASE("machines for the peak follow the trace and serve from its begin") {
  const auto all{contenders_of("static_peak", {})};
  REQUIRE(all.has_value());
  const backtest::Load load{small_load()};
  Snapshot now{};
  now.fleet.base = BasePool{.ready = {4}};
  now.fleet.burst.emplace();
  const DecisionPolicy policy{(*all)[0].build(load)};
  CHECK(policy.policies.front()->recommend(now, {}).vms == 7_replicas);
  CHECK(backtest::machines_at_start(policy, load, {}) == 2);
}

TEST_CASE("machines for the peak are on from the start, also when their count is written down") {
  const backtest::World world{};
  backtest::LoadTrace trace{.name = "busy from the first second"};
  for (int minute{0}; minute < 60; ++minute) {
    trace.times.push_back(std::chrono::minutes{minute});
    trace.values.push_back(minute < 15 ? 9.0 : 5.0);
  }
  backtest::Contest contest{.world = world, .seeds = 1};
  contest.loads.push_back(*backtest::prepare(trace, world));
  contest.contenders = *contenders_of("static_peak,static_peak{replicas: 100}", world);
  const auto result{backtest::hold(contest)};
  CHECK(result.scores[0][0].late_share == 0.0);
  CHECK(result.scores[1][0].late_share == 0.0);
}

/// The settings that two drafts of `auto` differ in are seen by what they ask for: played in full.
backtest::Outcome played(const DecisionPolicy& policy, const backtest::World& world) {
  backtest::LoadTrace trace{.name = "steps"};
  for (int minute{0}; minute < 6 * 60; ++minute) {
    trace.times.push_back(std::chrono::minutes{minute});
    trace.values.push_back(minute / 60 % 2 == 0 ? 2.0 : 9.0 + minute % 7);
  }
  const auto load{backtest::prepare(trace, world)};
  REQUIRE(load.has_value());
  return backtest::simulate(*load, world, {1}, policy);
}

TEST_CASE(
    "auto knows from the world its machines, prices, delays and promise, as in the benchmark") {
  const backtest::World reference{};
  const auto all{contenders_of("auto", reference)};
  REQUIRE(all.has_value());
  const AutoSettings of_benchmark{.vm_replicas = reference.cluster.replicas_per_vm};
  const backtest::Outcome told{played((*all)[0].build(small_load()), reference)};
  const backtest::Outcome bench{
      played(backtest::alone(std::make_unique<AutoPolicy>(of_benchmark), reference), reference)};
  CHECK(told.vm_creates > 0);
  CHECK(told.burst_cost_usd == bench.burst_cost_usd);
  CHECK(told.late_requests == bench.late_requests);
  CHECK(told.creates == bench.creates);
}

TEST_CASE("what the text says goes before what the world knows") {
  const backtest::World world{};
  const auto all{contenders_of("auto{vm: {replicas: 0}}", world)};
  REQUIRE(all.has_value());
  CHECK(played((*all)[0].build(small_load()), world).vm_creates == 0);
}

TEST_CASE("a promise of the world's own reaches auto") {
  backtest::World strict{};
  strict.replica.slo_wait = Duration{5};
  strict.replica.slo_quantile = 0.99;
  strict.cluster.replicas_per_vm = 6;
  strict.cluster.vm_price = HourlyPrice{usd(0.2)};
  strict.observed.delay = std::chrono::seconds{30};
  const auto all{contenders_of("auto", strict)};
  REQUIRE(all.has_value());
  const AutoSettings same{.wait = strict.replica.slo_wait,
                          .quantile = 0.99,
                          .metric_delay = std::chrono::seconds{30},
                          .vm_replicas = 6,
                          .vm_price = HourlyPrice{usd(0.2)}};
  const backtest::Outcome told{played((*all)[0].build(small_load()), strict)};
  const backtest::Outcome by_hand{
      played(backtest::alone(std::make_unique<AutoPolicy>(same), strict), strict)};
  CHECK(told.burst_cost_usd == by_hand.burst_cost_usd);
  CHECK(told.late_requests == by_hand.late_requests);
}

TEST_CASE("the script of a compared policy is read, and so it decides") {
  const std::string script{SPILLWAY_SOURCE_ROOT "/config/policies/step_thresholds.lua"};
  const auto all{contenders_of("lua{file: " + script + "}", {})};
  REQUIRE(all.has_value());
  Snapshot now{.taken_at = backtest::world_begin};
  now.readings.set("utilization", Reading::fresh(0.95, now.taken_at));
  now.fleet.base = BasePool{.ready = {4}};
  now.fleet.burst.emplace();
  const DecisionPolicy policy{(*all)[0].build(small_load())};
  const Recommendation asked{policy.policies.front()->recommend(now, {})};
  CAPTURE(asked.words);
  CHECK(asked.because == Because::script_said);
  CHECK(asked.floor > 4_replicas);
}

TEST_CASE("a compared script that is missing or broken is an error that names it") {
  CHECK(mistakes("lua{file: /no/such.lua}") ==
        "--against lua{file: /no/such.lua}:2:1: file: cannot read \"/no/such.lua\": No such file "
        "or directory");
  CHECK(mistakes("lua{file: no/such.lua}").find("\"no/such.lua\"") != std::string::npos);
  const std::string no_script{SPILLWAY_SOURCE_ROOT "/README.md"};
  CHECK(mistakes("lua{file: " + no_script + "}").starts_with(no_script + ":1:"));
}

TEST_CASE("the windows of a compared schedule open by the clocks of their time zone") {
  const auto asked_at_noon{[](const std::string& zone) -> std::optional<Replicas> {
    const auto all{contenders_of(
        "schedule{windows: [{cron: 0 12 * * *, duration: 1h, replicas: 9, time_zone: " + zone +
            "}]}",
        {})};
    if (!all) return std::nullopt;
    const Snapshot noon{.taken_at = backtest::world_begin + std::chrono::hours{12}};
    return (*all)[0].build(small_load()).policies.front()->recommend(noon, {}).floor;
  }};
  const std::string unknown{
      "schedule{windows: [{cron: 0 8 * * *, replicas: 9, time_zone: Asia/Tokio}]}"};
  CHECK(mistakes(unknown).find("windows[0].time_zone: there is no time zone \"Asia/Tokio\"") !=
        std::string::npos);
  CHECK(asked_at_noon("UTC") == 9_replicas);
  const auto tokyo{asked_at_noon("Asia/Tokyo")};
  if (!tokyo) return testing::skip_test("no time zone database on this machine");
  CHECK(tokyo == 0_replicas);
}

TEST_CASE("every mistake is told with its contender") {
  const std::string told{mistakes("hpaa,keda{target: 1},hpa")};
  CHECK(told.find("--against hpaa") != std::string::npos);
  CHECK(told.find("did you mean \"hpa\"") != std::string::npos);
  CHECK(told.find("--against keda{target: 1}") != std::string::npos);
  CHECK(told.find("unknown key") != std::string::npos);
  CHECK_FALSE(told.ends_with('\n'));
  CHECK_FALSE(mistakes("keda{target_utilization: 3}").empty());
}

TEST_CASE("a comma with nothing beside it was passed over in silence") {
  for (const std::string text : {"hpa,,keda", "hpa,", ",hpa", ","}) {
    CAPTURE(text);
    CHECK(mistakes(text) == "--against " + text + ": there is nothing beside a comma");
  }
}

TEST_CASE("braces that do not match are a mistake, not a policy with its defaults") {
  CHECK(mistakes("hpa{").find("--against hpa{: a { without its }") != std::string::npos);
  CHECK(mistakes("keda{target_utilization: 0.5").find("without its }") != std::string::npos);
  CHECK(mistakes("hpa}").find("a } without its {") != std::string::npos);
  CHECK(mistakes("hpa},keda").find("a } without its {") != std::string::npos);
  CHECK(mistakes("hpa{} keda").find("more after the last }") != std::string::npos);
  CHECK(mistakes("hpa{} ,keda{ }").empty());
}

}  // namespace
}  // namespace spillway::cli::contender_text_test
