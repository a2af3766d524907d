#include "policies/latency/forecast.hpp"

#include <cmath>

#include "policies/latency/forecast_memory.hpp"
#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::forecast_test {
namespace {

using namespace std::chrono_literals;
using testing::Alone;
using testing::read;
using testing::scene;

constexpr TimePoint midnight{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
const Forecast policy{{.quantile = 0.5, .replica_capacity_rps = 10.0}};

/// A day with 60 req/s, but `busy` from 09:00 to 10:00.
double load_at(TimePoint at, double busy) {
  const auto hour{(at - std::chrono::floor<std::chrono::days>(at)) / 1h};
  return hour == 9 ? busy : 60.0;
}

struct Days {
  Alone alone{policy};
  Snapshot now{scene(10, 0, midnight)};

  template <class Load>
  Recommendation run_until(TimePoint end, Load&& load) {
    Recommendation last{};
    while (now.taken_at < end) {
      now.taken_at += 30s;
      read(now, "load", load(now.taken_at));
      last = alone.tick(now);
    }
    return last;
  }
};

TEST_CASE("a minute before the daily rise its replicas are asked for, by the median of the days") {
  Days days{};
  for (const double busy : {190.0, 214.0, 200.0}) {
    const TimePoint day{days.now.taken_at};
    days.run_until(day + 24h, [&](TimePoint at) { return load_at(at, busy); });
  }
  const TimePoint today{days.now.taken_at};
  const auto load{[](TimePoint at) { return load_at(at, 200.0); }};
  CHECK(days.run_until(today + 8h + 55min, load).floor == 9_replicas);
  const Recommendation before{days.run_until(today + 8h + 59min, load)};
  CHECK(before.because == Because::forecast);
  CHECK(before.floor == 29_replicas);  // (60 + 200 - 60) / 7
  CHECK(days.run_until(today + 9h + 30min, load).floor == 29_replicas);
  CHECK(days.run_until(today + 10h + 30min, load).floor == 9_replicas);
}

TEST_CASE("the first day has no past: the load of now decides") {
  Days days{};
  const Recommendation asked{
      days.run_until(midnight + 8h + 59min, [](TimePoint at) { return load_at(at, 200.0); })};
  CHECK(asked.floor == 9_replicas);
  CHECK(asked.because != Because::forecast);
}

TEST_CASE("a forecast that keeps being wrong is not trusted, and earns trust back") {
  Days days{};
  const auto busy{[](TimePoint at) { return load_at(at, 300.0); }};
  const auto quiet{[](TimePoint) { return 60.0; }};
  days.run_until(midnight + 48h, busy);
  // A week without the rise: the median still has it for two days.
  days.run_until(midnight + 72h + 9h, quiet);
  const Recommendation fooled{days.run_until(midnight + 96h + 8h + 59min, quiet)};
  CHECK(fooled.because != Because::forecast);
  CHECK(fooled.floor == 9_replicas);
  days.run_until(midnight + 24h * 10, busy);
  CHECK(days.run_until(midnight + 24h * 10 + 8h + 59min, busy).because == Because::forecast);
}

TEST_CASE("peaks of a slot: the newest seasons, by nearest rank, without today's own") {
  SeasonalPeaks peaks{24h, 15min, 3};
  const TimePoint nine{midnight + 9h};
  for (int day{0}; day < 5; ++day) {
    peaks.see(nine + day * 24h, 100.0 + day);
    peaks.see(nine + day * 24h + 5min, 90.0);
  }
  CHECK(peaks.quantile(nine + 5 * 24h, 1.0) == 104.0);
  CHECK(peaks.quantile(nine + 5 * 24h, 0.5) == 103.0);
  CHECK(peaks.quantile(nine + 5 * 24h, 0.05) == 102.0);
  CHECK(peaks.quantile(nine + 4 * 24h, 1.0) == 103.0);  // today's peak is not its own forecast
  CHECK_FALSE(peaks.quantile(nine + 1h, 0.5));
}

TEST_CASE("what was kept goes on as if nothing had happened") {
  Days days{};
  days.run_until(midnight + 30h, [](TimePoint at) { return load_at(at, 200.0); });
  Memory memory{days.alone.past().memory("forecast")};
  CHECK(memory.size() == UtilizationLaw::memory_size + ForecastRecord::memory_size + 96 * 5);
  const Recommendation direct{policy.recommend(days.now, days.alone.past())};
  History copy{};
  copy.memories["forecast"] = memory;
  CHECK(policy.recommend(days.now, copy) == direct);
  memory.pop_back();  // other settings, or a broken file
  copy.memories["forecast"] = memory;
  CHECK(policy.recommend(days.now, copy).floor == 9_replicas);
}

TEST_CASE("without a capacity it is learned; until then what runs is kept") {
  const Forecast learning{{}};
  Alone alone{learning};
  Snapshot now{scene(10)};
  read(read(now, "load", 60.0), "utilization", 0.6);
  CHECK(alone.tick(now).because == Because::learning);
  now.taken_at += 15s;
  CHECK(alone.tick(now).floor == 9_replicas);
}

TEST_CASE("a missing load asks to hold") {
  const Recommendation asked{policy.recommend(scene(10), {})};
  CHECK(asked.is_hold);
  CHECK_FALSE(asked.floor);
}

}  // namespace
}  // namespace spillway::forecast_test
