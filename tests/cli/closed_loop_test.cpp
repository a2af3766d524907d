// `spillway decide` as somebody else's simulator drives it: the simulated world of the backtest on
// one side, lines of JSON between both, the shipped profile on the other.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <variant>

#include "controller/backtest/contest.hpp"
#include "controller/cli/contender_text.hpp"
#include "controller/cli/decide.hpp"
#include "controller/settings/load_config.hpp"

namespace spillway::cli::closed_loop_test {
namespace {

using backtest::Load;
using backtest::Outcome;
using backtest::World;

settings::Config reference() {
  const settings::ProcessEnvironment environment{};
  auto loaded{settings::load_config(
      std::string{SPILLWAY_SOURCE_ROOT} + "/config/profiles/reference.yaml", environment)};
  REQUIRE(std::holds_alternative<settings::Config>(loaded));
  return std::get<settings::Config>(std::move(loaded));
}

/// A day with a slow hill, a level shift, and a jump every two hours.
Load day(const World& world) {
  backtest::LoadTrace trace{.name = "day"};
  for (int minute{0}; minute < 24 * 60; ++minute) {
    trace.times.push_back(std::chrono::minutes{minute});
    const double hill{minute < 720 ? minute / 720.0 : 2.0 - minute / 720.0};
    trace.values.push_back(4.0 + 6.0 * hill + (minute > 900 ? 3.0 : 0.0) +
                           (minute % 120 < 9 ? 6.0 : 0.0) + minute % 5 * 0.2);
  }
  auto load{backtest::prepare(trace, world)};
  REQUIRE(load.has_value());
  return *load;
}

std::string number(const Snapshot& now, std::string_view signal) {
  const auto value{now.readings[signal].fresh_value()};
  return value ? fmt::format("{}", *value) : "null";
}

/// What a simulator writes, with the world's own clock: hours and days begin when they begin there.
/// `start` is said only if the world's own is to be told.
std::string line_of(const Snapshot& now, int per_vm, bool tells_start) {
  const BurstCount burst{count_burst(*now.fleet.burst)};
  std::string line{fmt::format(
      R"({{"at":{},"load":{},"utilization":{},"queue":{},"late":{},"base":{{"ready":{}}},)"
      R"("vms":{{"ready":{},"starting":{}}},"burst":{{"ready":{},"starting":{},"draining":0}})",
      seconds(now.taken_at.time_since_epoch()), number(now, signal::load),
      number(now, signal::utilization), number(now, signal::queue), number(now, signal::late),
      now.fleet.base->ready.count, now.fleet.vms.ready.count / per_vm,
      now.fleet.vms.starting.count / per_vm, burst.serving.count, burst.starting.count)};
  if (tells_start) {
    line += fmt::format(R"(,"start":{{"median_s":{},"p95_s":{}}})", seconds(now.start_times.median),
                        seconds(now.start_times.p95));
  }
  return line + "}";
}

Outcome driven(const std::string& workload, const World& world, bool tells_start) {
  const settings::Config config{reference()};
  DecisionFilter filter{filter_settings(config, workload)};
  const int per_vm{world.cluster.replicas_per_vm};
  return backtest::simulate(day(world), world, {1}, [&](const Snapshot& now) {
    const auto answer{filter.answer(line_of(now, per_vm, tells_start))};
    REQUIRE(answer.has_value());
    const auto said{boost::json::parse(*answer).as_object()};
    Decision decision{.at = now.taken_at};
    decision.burst = {static_cast<int>(said.at("burst").as_int64())};
    decision.vms = {static_cast<int>(said.at("vms").as_int64()) * per_vm};
    return decision;
  });
}

Outcome in_backtest(const std::string& contender, const World& world) {
  const auto all{contenders_of(contender, world)};
  REQUIRE(all.has_value());
  const Load load{day(world)};
  return backtest::simulate(load, world, {1}, (*all)[0].build(load));
}

double late_share(const Outcome& outcome) {
  return outcome.late_requests / outcome.total_requests;
}

TEST_CASE("the filter with the reference profile is the default policy of the reference world") {
  const World world{};
  const Outcome filter{driven("reference", world, true)};
  const Outcome direct{in_backtest("auto", world)};
  CHECK(filter.burst_cost_usd == direct.burst_cost_usd);
  CHECK(filter.late_requests == direct.late_requests);
  CHECK(filter.creates == direct.creates);
  CHECK(filter.vm_creates == direct.vm_creates);
  CHECK(filter.creates > 0);
  CHECK(filter.vm_creates > 0);
}

TEST_CASE("reference-price is the policy with the fixed price of a late request") {
  const World world{};
  const Outcome filter{driven("reference-price", world, true)};
  const Outcome direct{in_backtest("auto{late_price: 30}", world)};
  CHECK(filter.burst_cost_usd == direct.burst_cost_usd);
  CHECK(filter.late_requests == direct.late_requests);
  CHECK(filter.burst_cost_usd != driven("reference", world, true).burst_cost_usd);
}

TEST_CASE("start times that are seen do about as well as those that are told") {
  const World world{};
  const Outcome told{driven("reference", world, true)};
  const Outcome seen{driven("reference", world, false)};
  CHECK(seen.burst_cost_usd == doctest::Approx(told.burst_cost_usd).epsilon(0.1));
  CHECK(late_share(seen) < late_share(told) + 0.003);
}

TEST_CASE("in a world of slow starts those that are seen beat a guess of half a minute") {
  World slow{};
  slow.burst.start_median = std::chrono::seconds{150};
  const Outcome told{driven("reference", slow, true)};
  const Outcome seen{driven("reference", slow, false)};
  CHECK(seen.burst_cost_usd == doctest::Approx(told.burst_cost_usd).epsilon(0.15));
  CHECK(late_share(seen) < 1.5 * late_share(told) + 0.003);
}

}  // namespace
}  // namespace spillway::cli::closed_loop_test
