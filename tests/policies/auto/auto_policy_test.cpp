// The default policy as a whole: what it promises of every load, history and loop period.
#include "policies/latency/auto/auto_policy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "controller/core/decision.hpp"
#include "policies/decide.hpp"

namespace spillway::auto_policy_test {
namespace {

using namespace std::chrono_literals;

/// A small deterministic generator; the same numbers on every machine.
struct Dice {
  std::uint64_t state{1};
  double next() {
    state = state * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    return static_cast<double>(state >> 11U) / 9'007'199'254'740'992.0;
  }
};

struct Seen {
  double load{};
  int base{4};
  int burst{0};
  std::optional<double> utilization{};
  std::optional<double> late{};
};

Snapshot snapshot_at(double at_s, const Seen& seen) {
  Snapshot now{.taken_at = TimePoint{duration_of_seconds(at_s)}, .workload = "web"};
  now.readings.set("load", Reading::fresh(seen.load, now.taken_at));
  const double capacity{10.0 * (seen.base + seen.burst)};
  now.readings.set(
      "utilization",
      Reading::fresh(seen.utilization.value_or(std::min(1.0, seen.load / capacity)), now.taken_at));
  if (seen.late) now.readings.set("late", Reading::fresh(*seen.late, now.taken_at));
  now.fleet.base = BasePool{.ready = {seen.base}, .desired = {seen.base}};
  now.fleet.burst.emplace();
  if (seen.burst > 0) {
    Group group{.id = {}, .phase = GroupPhase::serving};
    group.size.replicas = {seen.burst};
    now.fleet.burst->push_back(group);
  }
  return now;
}

/// Drives the policy along `load_of(at_s)` as if every wish came true at once.
template <class Load>
std::pair<History, int> driven(const AutoPolicy& policy, double until_s, double period_s,
                               Load load_of, History past = {}, double from_s = 0.0) {
  int burst{0};
  for (double at_s{from_s}; at_s < until_s; at_s += period_s) {
    Recommendation asked{policy.recommend(
        snapshot_at(at_s, {.load = load_of(at_s), .burst = burst, .late = 0.0}), past)};
    if (asked.floor) burst = std::max(0, asked.floor->count - 4);
    past.memories["auto"] = std::move(asked.memory);
  }
  return {std::move(past), burst};
}

double daily(double at_s) {
  return 120.0 + 80.0 * std::sin(at_s / 86'400.0 * 6.2832);
}

TEST_CASE("a steady load gets what queueing needs and little more, at every loop period") {
  const AutoPolicy policy{{}};
  for (const double period_s : {1.0, 5.0, 15.0, 60.0}) {
    CAPTURE(period_s);
    const double hours{period_s < 5.0 ? 2.0 : 8.0};
    const auto [past,
                burst]{driven(policy, hours * 3'600.0, period_s, [](double) { return 120.0; })};
    // 120 req/s need 14 replicas of 10 req/s (M/M/c, 95 % within 200 ms).
    CHECK(4 + burst >= 14);
    CHECK(4 + burst <= 16);
  }
}

TEST_CASE("a load within the base cluster asks for no burst") {
  const AutoPolicy policy{{}};
  const auto [past, burst]{driven(policy, 3'600.0, 15.0, [](double) { return 15.0; })};
  CHECK(burst == 0);
}

TEST_CASE("a clearly higher load never asks for fewer replicas") {
  const AutoPolicy policy{{}};
  for (std::uint64_t seed{1}; seed <= 30; ++seed) {
    CAPTURE(seed);
    Dice dice{seed};
    const double noise{0.3 * dice.next()};
    const auto [past, burst]{
        driven(policy, 3'600.0 * (1.0 + 3.0 * dice.next()), 15.0,
               [&](double at_s) { return daily(at_s) * (1.0 + noise * (dice.next() - 0.5)); })};
    const double at_s{20'000.0};
    int before{0};
    for (const double load : {10.0, 40.0, 80.0, 120.0, 200.0, 300.0, 500.0}) {
      const auto asked{policy.recommend(snapshot_at(at_s, {.load = load, .burst = burst}), past)};
      REQUIRE(asked.floor);
      CHECK(asked.floor->count >= before);
      before = asked.floor->count;
    }
  }
}

TEST_CASE("a missing load holds, and a late fleet grows even so") {
  const AutoPolicy policy{{}};
  const auto [past, burst]{driven(policy, 3'600.0, 15.0, daily)};
  Snapshot blind{snapshot_at(3'600.0, {.load = 0.0, .burst = burst, .utilization = 0.5})};
  blind.readings.set("load", Reading::missing("scrape failed"));
  const auto held{policy.recommend(blind, past)};
  CHECK(held.is_hold);
  CHECK(!held.floor);
  CHECK(held.memory == past.memory("auto"));
  blind.readings.set("late", Reading::fresh(0.4, blind.taken_at));
  const auto grown{policy.recommend(blind, past)};
  CHECK(grown.is_hold);
  REQUIRE(grown.floor);
  CHECK(grown.floor->count > 4 + burst);
}

TEST_CASE("an unknown fleet, or an unknown service rate, asks to hold") {
  const AutoPolicy policy{{}};
  Snapshot now{snapshot_at(0.0, {.load = 100.0})};
  now.fleet.base.reset();
  CHECK(policy.recommend(now, {}).because == Because::fleet_unknown);
  Snapshot unknown{snapshot_at(0.0, {.load = 100.0})};
  unknown.readings.set("utilization", Reading::missing("not configured"));
  const auto asked{policy.recommend(unknown, {})};
  CHECK(asked.is_hold);
  CHECK(asked.because == Because::no_data);
}

TEST_CASE("memory stays bounded over days, and a damaged one only costs what was learned") {
  const AutoPolicy policy{{}};
  const auto [past, burst]{driven(policy, 2.0 * 86'400.0, 60.0, daily)};
  CHECK(past.memory("auto").size() < 900);
  for (const double number : past.memory("auto")) CHECK(std::isfinite(number));
  History damaged{past};
  Memory cut{past.memory("auto")};
  cut.resize(100);
  damaged.memories["auto"] = cut;
  const Snapshot now{snapshot_at(200'000.0, {.load = 100.0, .burst = 8})};
  CHECK(policy.recommend(now, damaged) == policy.recommend(now, {}));
}

TEST_CASE("restarted from its memory it decides the same, bit for bit") {
  const AutoPolicy policy{{.vm_replicas = 4}};
  const AutoPolicy restarted{{.vm_replicas = 4}};
  History first{};
  History second{};
  Dice dice{};
  for (int tick{0}; tick < 2'000; ++tick) {
    Snapshot now{snapshot_at(15.0 * tick, {.load = daily(150.0 * tick) * dice.next(),
                                           .burst = tick % 7,
                                           .late = dice.next() < 0.02 ? 1.0 : 0.0})};
    if (tick > 1'000) now.standby = Standby{.ready = {tick % 3}};
    Recommendation a{policy.recommend(now, first)};
    Recommendation b{(tick % 2 ? policy : restarted).recommend(now, second)};
    REQUIRE(a == b);
    // The one goes on with its state, the other with the numbers of a journal.
    first.memories["auto"] = std::move(a.memory);
    second.memories["auto"] = b.memory.numbers();
  }
}

TEST_CASE("at a jump after calm hours, ready replicas that had just become busy were given back") {
  const AutoPolicy policy{{}};
  History past{};
  for (int tick{0}; tick < 480; ++tick) {
    const double load{40.0 + tick * 7 % 5 - 2.0};
    past.memories["auto"] =
        policy.recommend(snapshot_at(15.0 * tick, {.load = load, .base = 8, .burst = 66}), past)
            .memory;
  }
  // 70 of 74 are busy.
  const Snapshot jump{snapshot_at(7'200.0, {.load = 700.0, .base = 8, .burst = 66})};
  const Recommendation asked{policy.recommend(jump, past)};
  INFO(asked.words);
  REQUIRE(asked.floor);
  CHECK(asked.floor->count >= 71);
  CHECK(asked.floor->count <= 74);
  // One reading that would need more than runs is not bought for.
  const Snapshot alone{snapshot_at(7'200.0, {.load = 700.0, .base = 8})};
  CHECK(policy.recommend(alone, past).floor->count < 60);
}

TEST_CASE("where nobody reads the words are left out, and nothing else is") {
  const AutoPolicy policy{{}};
  const auto [past, burst]{driven(policy, 3'600.0, 15.0, daily)};
  Snapshot now{snapshot_at(3'600.0, {.load = 100.0, .burst = burst})};
  Recommendation told{policy.recommend(now, past)};
  now.has_reader = false;
  const Recommendation untold{policy.recommend(now, past)};
  CHECK(told.words.find("replicas: expect") != std::string::npos);
  CHECK(untold.words.empty());
  told.words.clear();
  CHECK(told == untold);
}

TEST_CASE("bursts by the clock are met by replicas that stand by, and not between them") {
  const AutoPolicy policy{{.late_price = 30.0, .replica_capacity_rps = 10.0}};
  const auto bursty{[](double at_s) {
    const double in_half_hour{std::fmod(at_s, 1'800.0)};
    return in_half_hour >= 120.0 && in_half_hour < 600.0 ? 360.0 : 30.0;
  }};
  const double days_s{86'400.0};
  const auto [past, burst]{driven(policy, days_s, 15.0, bursty)};
  const auto [before, standing]{driven(policy, days_s + 100.0, 15.0, bursty, past, days_s)};
  const auto [between, resting]{driven(policy, days_s + 1'500.0, 15.0, bursty, past, days_s)};
  CHECK(4 + standing >= 36);
  CHECK(resting <= 4);
}

TEST_CASE("a higher price of lateness never asks for fewer replicas") {
  const auto [past, burst]{driven(
      AutoPolicy{{.replica_capacity_rps = 10.0}}, 7'200.0, 15.0,
      [dice = Dice{}](double at_s) mutable { return daily(at_s) * (0.8 + 0.4 * dice.next()); })};
  int before{0};
  for (const double price : {1.0, 3.0, 10.0, 30.0, 100.0, 400.0}) {
    const AutoPolicy policy{{.late_price = price, .replica_capacity_rps = 10.0}};
    const auto asked{policy.recommend(snapshot_at(7'215.0, {.load = 130.0}), past)};
    REQUIRE(asked.floor);
    CHECK(asked.floor->count >= before);
    before = asked.floor->count;
  }
}

TEST_CASE("it says what it expects, and what one replica more would save and cost") {
  const AutoPolicy policy{{}};
  const auto [past, burst]{driven(policy, 3'600.0, 15.0, daily)};
  const auto asked{policy.recommend(snapshot_at(3'600.0, {.load = 140.0, .burst = 10}), past)};
  CAPTURE(asked.words);
  CHECK(asked.words.find("replicas: expect") != std::string::npos);
  CHECK(asked.words.find("late requests/s worth $") != std::string::npos);
}

TEST_CASE("a busy fleet whose load is missing waits for what it has started") {
  const AutoPolicy policy{{}};
  Snapshot now{snapshot_at(0.0, {.load = 100.0, .burst = 4, .utilization = 1.0})};
  now.readings.set("load", Reading::missing("timeout"));
  const auto asked{policy.recommend(now, {})};
  CHECK(asked.is_hold);
  REQUIRE(asked.floor);
  CHECK(asked.floor->count == 9);
  Group starting{.id = {}, .phase = GroupPhase::starting};
  starting.size.replicas = {1};
  now.fleet.burst->push_back(starting);
  const auto waits{policy.recommend(now, {})};
  CHECK(waits.is_hold);
  CHECK(!waits.floor);
}

TEST_CASE("a rise without a backlog is not told as one") {
  const AutoPolicy policy{{}};
  auto [past, burst]{driven(policy, 7'200.0, 15.0, [](double) { return 60.0; })};
  const auto rise{policy.recommend(snapshot_at(7'200.0, {.load = 150.0, .burst = burst}), past)};
  past.memories["auto"] = rise.memory;
  // In the same slot: what it asked for is held.
  const auto asked{policy.recommend(snapshot_at(7'205.0, {.load = 60.0, .burst = burst}), past)};
  CAPTURE(asked.words);
  CHECK(asked.floor == rise.floor);
  CHECK(asked.words.find("for what is seen now") != std::string::npos);
  CHECK(asked.words.find("backlog") == std::string::npos);
}

TEST_CASE("machines that never come do not change what the burst is for") {
  const AutoPolicy policy{{.vm_replicas = 4}};
  const auto [past, burst]{driven(policy, 3'600.0, 15.0, [](double at_s) {
    return std::fmod(at_s, 1'200.0) < 600.0 ? 60.0 : 120.0;
  })};
  Snapshot now{snapshot_at(3'600.0, {.load = 60.0, .burst = 9, .late = 0.0})};
  const auto without{policy.recommend(now, past)};
  now.fleet.vms.starting = {12};
  const auto with{policy.recommend(now, past)};
  CHECK(with.floor == without.floor);
}

}  // namespace
}  // namespace spillway::auto_policy_test
