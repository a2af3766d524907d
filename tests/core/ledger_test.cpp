#include "controller/core/ledger.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/printing.hpp"

namespace spillway::ledger_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

constexpr TimePoint noon{sys_days{2026y / 11 / 23} + 12h};

BilledRun run_of(TimePoint from, std::optional<TimePoint> until, double usd_per_hour = 0.36) {
  return {.group = {"g-1"},
          .workload = "shop",
          .price = {usd(usd_per_hour)},
          .from = from,
          .until = until};
}

TEST_CASE("a run is charged by the started second") {
  const BilledRun run{run_of(noon, noon + 89'200ms, 0.0594)};
  CHECK(cost_until(run, noon + 1h) == usd(0.001485));
  CHECK(cost_until(run, noon) == Money{});
  CHECK(cost_until(run, noon + 1ms) == usd(0.0000165));
  CHECK(cost_until(run, noon + 1s) == usd(0.0000165));
  CHECK(cost_until(run, noon - 1h) == Money{});
}

TEST_CASE("a group that stopped before it began costs nothing") {
  CHECK(cost_until(run_of(noon, noon - 1s), noon + 1h) == Money{});
  CHECK(cost_until(run_of(noon, noon), noon + 1h) == Money{});
}

TEST_CASE("calendar periods begin at UTC hours, days and months, also in a leap year") {
  const PeriodStarts starts{period_starts(sys_days{2028y / 2 / 29} + 23h + 59min + 59'999ms)};
  CHECK(starts.hour == TimePoint{sys_days{2028y / 2 / 29} + 23h});
  CHECK(starts.day == TimePoint{sys_days{2028y / 2 / 29}});
  CHECK(starts.month == TimePoint{sys_days{2028y / 2 / 1}});
}

TEST_CASE("a run over midnight at the end of a month is split between its hours, days and months") {
  // 0.36 USD/h is 0.0001 USD a second: 10 minutes in November, 5 in December.
  const TimePoint midnight{sys_days{2026y / 12 / 1}};
  Ledger ledger{};
  ledger.add(run_of(midnight - 10min, midnight + 5min));
  CHECK(ledger.spend("shop", midnight + 6min) == Spend{usd(0.03), usd(0.03), usd(0.03)});
  CHECK(ledger.spend("shop", midnight + 1h) == Spend{{}, usd(0.03), usd(0.03)});
  CHECK(ledger.spend("shop", midnight + 24h) == Spend{{}, {}, usd(0.03)});
  CHECK(cost_within(run_of(midnight - 10min, midnight + 5min), midnight - 1h, midnight) ==
        usd(0.06));
}

TEST_CASE("a running group's bill grows with the clock and does not jump when it closes") {
  Ledger ledger{};
  const BilledRun running{run_of(noon, std::nullopt)};
  ledger.add(running);
  CHECK(ledger.spend("shop", noon + 10s).this_hour == usd(0.001));
  const Spend before{ledger.spend("shop", noon + 60s)};
  ledger.remove(running);
  ledger.add(run_of(noon, noon + 60s));
  CHECK(ledger.spend("shop", noon + 60s) == before);
  CHECK(ledger.spend("shop", noon + 30min) == before);
}

TEST_CASE("workloads are charged apart and add up to the total") {
  Ledger ledger{};
  BilledRun other{run_of(noon, noon + 20s)};
  other.workload = "mail";
  ledger.add(run_of(noon, noon + 10s));
  ledger.add(other);
  CHECK(ledger.spend("shop", noon + 1min).today == usd(0.001));
  CHECK(ledger.spend("mail", noon + 1min).today == usd(0.002));
  CHECK(ledger.total(noon + 1min).today == usd(0.003));
  CHECK(ledger.spend("nobody", noon + 1min) == Spend{});
}

TEST_CASE("forgetting old months leaves the present one untouched") {
  Ledger ledger{};
  ledger.add(run_of(noon - 30 * 24h, noon - 29 * 24h));
  ledger.add(run_of(noon, noon + 10s));
  const Spend before{ledger.total(noon + 1min)};
  ledger.forget_before(noon + 1min);
  CHECK(ledger.total(noon + 1min) == before);
  CHECK(ledger.total(noon - 29 * 24h) == Spend{});
}

struct Scene {
  std::vector<BilledRun> runs{};
  TimePoint now{};
};

/// Up to 30 runs over three months, some of them still going.
Scene any_scene(unsigned seed) {
  std::mt19937_64 random{seed};
  const auto below{[&](std::int64_t limit) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
  }};
  Scene scene{.now = noon + Duration{below(90LL * 86'400'000)}};
  for (std::int64_t i{0}, count{below(30)}; i < count; ++i) {
    const TimePoint from{scene.now - Duration{below(90LL * 86'400'000)}};
    BilledRun run{run_of(from, std::nullopt, 0.01 + 0.001 * static_cast<double>(below(1000)))};
    run.group.name = "g-" + std::to_string(i);
    run.workload = "w-" + std::to_string(below(4));
    if (below(3) != 0) run.until = std::min(scene.now, from + Duration{below(3 * 86'400'000)});
    scene.runs.push_back(run);
  }
  return scene;
}

TEST_CASE("the ledger's sums equal the runs added up one by one, to the nano-dollar") {
  for (unsigned seed{1}; seed <= 200; ++seed) {
    CAPTURE(seed);
    const Scene scene{any_scene(seed)};
    Ledger ledger{};
    Spend expected{};
    const PeriodStarts starts{period_starts(scene.now)};
    for (const BilledRun& run : scene.runs) {
      ledger.add(run);
      expected.this_hour += cost_within(run, starts.hour, scene.now);
      expected.today += cost_within(run, starts.day, scene.now);
      expected.this_month += cost_within(run, starts.month, scene.now);
    }
    CHECK(ledger.total(scene.now) == expected);
    for (const BilledRun& run : scene.runs) ledger.remove(run);
    CHECK(ledger.total(scene.now) == Spend{});
  }
}

TEST_CASE("cutting a bill into windows anywhere loses and adds nothing") {
  std::mt19937_64 random{7};
  for (int i{0}; i < 1000; ++i) {
    const BilledRun run{run_of(noon, noon + Duration{random() % 100'000'000}, 0.0594)};
    const TimePoint cut{noon + Duration{random() % 100'000'000}};
    CAPTURE(i);
    CHECK(cost_within(run, noon, cut) + cost_within(run, cut, noon + 48h) ==
          cost_until(run, noon + 48h));
  }
}

}  // namespace
}  // namespace spillway::ledger_test
