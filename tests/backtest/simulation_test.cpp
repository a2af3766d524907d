#include "controller/backtest/simulation.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "controller/backtest/contest.hpp"
#include "policies/latency/auto/auto_policy.hpp"
#include "policies/latency/target_utilization.hpp"
#include "tests/backtest/traces.hpp"

namespace spillway::backtest::simulation_test {
namespace {

using std::chrono::seconds;

/// No noise, no failures, starts of exactly 30 s.
World exact_world() {
  World world{};
  world.observed.has_counting_noise = false;
  world.burst.failed_share = 0.0;
  world.burst.start_sigma = 0.0;
  world.load.scale = LoadWorld::Scale::as_is;
  world.cluster.base_vms = 1;
  return world;
}

Decision wants(const Snapshot& now, int burst, int vms = 0) {
  return {.at = now.taken_at, .burst = {burst}, .vms = {vms}};
}

DecisionPolicy by_load(double target) {
  DecisionPolicy policy{.limits = {.max_burst = 100}};
  policy.policies.push_back(std::make_unique<TargetUtilization>(
      TargetUtilizationSettings{.target_utilization = target, .replica_capacity_rps = 10.0}));
  return policy;
}

/// `auto` that is not told of the standby pool.
class Untold final : public Policy {
 public:
  std::string_view name() const override { return auto_.name(); }
  bool holds_by_itself() const override { return true; }
  Recommendation recommend(const Snapshot& now, const History& past) const override {
    Snapshot without{now};
    without.standby.reset();
    return auto_.recommend(without, past);
  }

 private:
  AutoPolicy auto_{AutoSettings{.late_price = 30.0}};
};

TEST_CASE("a standby pool is billed, and who knows of it starts less for what may come") {
  World world{exact_world()};
  world.burst.start_sigma = BurstWorld{}.start_sigma;  // cold starts are slow at times
  world.burst.standby = 6;
  // Twenty clients that come and go by chance.
  std::minstd_rand chance{7};
  const auto happens{[&chance](double p) {
    return static_cast<double>(chance()) < p * static_cast<double>(std::minstd_rand::max());
  }};
  std::array<bool, 20> is_busy{};
  std::vector<double> steps{};
  for (int slot{0}; slot < 8'000; ++slot) {
    double load{20.0};
    for (bool& busy : is_busy) {
      if (happens(busy ? 0.02 : 0.005)) busy = !busy;
      load += busy ? 25.0 : 0.0;
    }
    steps.push_back(load);
  }
  const Load load{*prepare(trace_of(steps, seconds{15}), world)};
  const Outcome none{
      simulate(load, world, {1}, Decider{[](const Snapshot& now) { return wants(now, 0); }})};
  CHECK(none.burst_seconds == 6 * load.seconds());
  const auto played{[&](std::unique_ptr<Policy> policy) {
    return simulate(load, world, {1}, alone(std::move(policy), world));
  }};
  const Outcome told{played(std::make_unique<AutoPolicy>(AutoSettings{.late_price = 30.0}))};
  const Outcome untold{played(std::make_unique<Untold>())};
  const auto objective{[&](const Outcome& outcome) {
    return outcome.burst_cost_usd - none.burst_cost_usd +
           outcome.late_requests * late_request_usd(world);
  }};
  CAPTURE(told.burst_seconds);
  CAPTURE(untold.burst_seconds);
  CAPTURE(told.late_requests);
  CAPTURE(untold.late_requests);
  CHECK(told.burst_seconds < untold.burst_seconds);
  CHECK(objective(told) < objective(untold));
}

TEST_CASE("machines are given back over a smooth evening without a late request") {
  const World world{};
  LoadTrace trace{.name = "smooth"};
  for (int minute{0}; minute < 2 * 24 * 60; ++minute) {
    trace.times.push_back(std::chrono::minutes{minute});
    trace.values.push_back(100.0 + 80.0 * std::sin(minute / 1'440.0 * 6.2832));
  }
  const Load load{*prepare(trace, world)};
  int machine_ticks{0};
  const Outcome outcome{simulate(
      load, world, {1}, alone(std::make_unique<AutoPolicy>(AutoSettings{.vm_replicas = 4}), world),
      [&](const Interval& each, const Decision&) { machine_ticks += each.vms_ready > 8 ? 1 : 0; })};
  CHECK(machine_ticks > 2'000);
  // Each machine that went had taken the burst with it that stood in for it: 0.25 % were late.
  CHECK(outcome.late_requests / outcome.total_requests < 0.0003);
}

TEST_CASE("the same load under another name gives the same figures") {
  World world{};
  LoadTrace trace{trace_of({0.0, 30.0, 80.0, 60.0, 30.0}, seconds{600})};
  const auto played{[&] {
    return simulate(*prepare(trace, world), world, {1},
                    Decider{[](const Snapshot& now) { return wants(now, 20); }});
  }};
  const Outcome first{played()};
  trace.name = "another";
  const Outcome renamed{played()};
  CHECK(first.failed_creates == renamed.failed_creates);
  CHECK(first.late_requests == renamed.late_requests);
  CHECK(first.burst_cost_usd == renamed.burst_cost_usd);
}

TEST_CASE("policies see the clock of a load that has one") {
  const World world{exact_world()};
  LoadTrace trace{trace_of({30.0, 30.0, 30.0}, seconds{60})};
  trace.origin = world_begin + std::chrono::hours{9 + 24 * 200};
  const Load load{*prepare(trace, world)};
  std::vector<Snapshot> seen{};
  simulate(load, world, {1}, Decider{[&](const Snapshot& now) {
             seen.push_back(now);
             return wants(now, 1);
           }});
  CHECK(seen.front().taken_at == *trace.origin);
  CHECK(seen.back().taken_at == *trace.origin + seconds{165});
  CHECK(seen.back().readings[signal::load].sampled_at() == *trace.origin + seconds{150});
  CHECK(seen.back().spend.this_hour > Money{});
  CHECK(seen.back().spend.this_hour == seen.back().spend.this_month);
}

TEST_CASE("metrics show whole windows, one window late") {
  const World world{exact_world()};
  const Load load{*prepare(trace_of({0.0, 30.0, 30.0, 30.0}, seconds{60}), world)};
  std::vector<Snapshot> seen{};
  simulate(load, world, {1}, Decider{[&](const Snapshot& now) {
             seen.push_back(now);
             return wants(now, 0);
           }});
  REQUIRE(seen.size() == 16);
  CHECK_FALSE(seen[0].readings[signal::load].is_fresh());
  CHECK_FALSE(seen[1].readings[signal::load].is_fresh());
  // The window [0, 15) is read at 30 s: sampled at its end.
  CHECK(seen[2].readings[signal::load].fresh_value() == 0.0);
  CHECK(seen[2].readings[signal::load].sampled_at() == world_begin + seconds{15});
  // The load rises from 0 at 30 s to 30 at 90 s: the window [60, 75) has 15 to 22 req/s.
  CHECK(*seen[6].readings[signal::load].fresh_value() == doctest::Approx(18.5));
  CHECK(*seen[6].readings[signal::utilization].fresh_value() == doctest::Approx(18.5 / 40.0));
  CHECK(seen[6].readings[signal::queue].fresh_value() == 0.0);
}

TEST_CASE("a load that the fixed cluster holds is never late and costs nothing") {
  const World world{exact_world()};
  const Load load{*prepare(trace_of({20.0, 25.0, 20.0}, seconds{600}), world)};
  const Outcome outcome{simulate(load, world, {1}, by_load(0.9))};
  CHECK(outcome.late_requests == 0.0);
  CHECK(outcome.burst_cost_usd == 0.0);
  CHECK(outcome.creates == 0);
  CHECK(outcome.total_requests > 0.0);
}

TEST_CASE("without help an overload is late as long as it lasts and its backlog") {
  const World world{exact_world()};
  // 80 req/s on four replicas of 10/s for five minutes: the backlog stops at 10 s of capacity.
  const Load load{*prepare(trace_of({80.0, 80.0, 80.0, 80.0, 80.0}, seconds{60}), world)};
  const Outcome outcome{
      simulate(load, world, {1}, Decider{[](const Snapshot& now) { return wants(now, 0); }})};
  CHECK(outcome.late_requests == doctest::Approx(outcome.total_requests));
  CHECK(outcome.dropped_requests == doctest::Approx(300.0 * 40.0 - 400.0));
  CHECK(outcome.under_timeshare == 1.0);
  CHECK(outcome.over_timeshare == 0.0);
  CHECK(outcome.under_accuracy == doctest::Approx((load.need[0] - 4.0) / load.need[0]));
}

TEST_CASE("burst replicas are billed from the create, starts included") {
  const World world{exact_world()};
  const Load load{*prepare(trace_of({20.0, 20.0}, seconds{60}), world)};
  const Outcome outcome{simulate(load, world, {1}, Decider{[](const Snapshot& now) {
                                   // Two for one minute from 15 s on, one machine all the time.
                                   const Duration at{now.taken_at - world_begin};
                                   return wants(now, at >= seconds{15} && at < seconds{75} ? 2 : 0,
                                                4);
                                 }})};
  CHECK(outcome.burst_seconds == 120);
  CHECK(outcome.vm_seconds == 120);
  CHECK(outcome.burst_cost_usd == doctest::Approx(120.0 * (0.0594 + 0.192) / 3600.0));
  CHECK(outcome.creates == 2);
  CHECK(outcome.vm_creates == 1);
}

TEST_CASE("a jump is answered after 60 to 75 seconds") {
  World world{exact_world()};
  std::vector<double> values(600, 20.0);
  for (std::size_t s{300}; s < 600; ++s) values[s] = 60.0;
  const Load load{*prepare(trace_of(values, seconds{1}), world)};
  int helped_after{-1};
  simulate(load, world, {1}, by_load(0.7), [&](const Interval& interval, const Decision&) {
    if (helped_after < 0 && interval.begin_s > 300 && interval.burst_ready > 0) {
      helped_after = interval.begin_s - 300;
    }
  });
  CHECK(helped_after >= 60);
  CHECK(helped_after <= 75);
}

TEST_CASE("the same seed gives the same run, another seed another") {
  const World world{};
  std::vector<double> values{};
  for (int i{0}; i < 500; ++i) values.push_back(i % 50 < 25 ? 10.0 : 40.0);
  const Load load{*prepare(trace_of(values, seconds{60}), world)};
  const Outcome first{simulate(load, world, {1}, by_load(0.7))};
  const Outcome again{simulate(load, world, {1}, by_load(0.7))};
  const Outcome other{simulate(load, world, {2}, by_load(0.7))};
  CHECK(first.late_requests == again.late_requests);
  CHECK(first.burst_seconds == again.burst_seconds);
  CHECK(first.creates == again.creates);
  CHECK(first.burst_seconds != other.burst_seconds);
}

TEST_CASE("costs of all intervals and late requests add up to those of the run") {
  const World world{};
  const Load load{*prepare(trace_of({5.0, 40.0, 10.0, 60.0, 5.0}, seconds{300}), world)};
  double cost{0.0};
  double late{0.0};
  const Outcome outcome{
      simulate(load, world, {3}, by_load(0.8), [&](const Interval& interval, const Decision&) {
        cost += interval.burst_cost_usd;
        late += interval.late_requests;
      })};
  CHECK(cost == doctest::Approx(outcome.burst_cost_usd));
  CHECK(late == doctest::Approx(outcome.late_requests));
  CHECK(outcome.burst_cost_usd > 0.0);
}

TEST_CASE("the account tells what the burst has cost this hour and today") {
  const World world{exact_world()};
  const Load load{*prepare(trace_of(std::vector<double>(120, 20.0), seconds{60}), world)};
  std::vector<Spend> spend{};
  simulate(load, world, {1}, Decider{[&](const Snapshot& now) {
             spend.push_back(now.spend);
             return wants(now, 1);
           }});
  REQUIRE(spend.size() == 480);
  CHECK(spend[0].today == Money{});
  CHECK(spend[239].this_hour.usd() == doctest::Approx(0.0594 * 3585.0 / 3600.0));
  CHECK(spend[240].this_hour == Money{});
  CHECK(spend[479].today.usd() == doctest::Approx(0.0594 * 7185.0 / 3600.0));
  CHECK(spend[479].this_month == spend[479].today);
}

}  // namespace
}  // namespace spillway::backtest::simulation_test
