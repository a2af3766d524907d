// A utilization that is averaged over minutes, beside a load of the last seconds.
#include "policies/latency/auto/utilization_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

#include "policies/latency/auto/archive.hpp"
#include "tests/policies/auto/fluid_service.hpp"

namespace spillway::utilization_window_test {
namespace {

using autopilot::UtilizationWindow;
using testing::play;
using Outcome = testing::FluidOutcome;
using Service = testing::FluidService;

constexpr double rate{10.0};
constexpr double hour_s{3'600.0};

/// 20 minutes of every hour are busy.
double batches(double at_s) {
  return std::fmod(at_s, hour_s) < 1'200.0 ? 240.0 : 50.0;
}

/// A new level every quarter of an hour.
double levels(double at_s) {
  return 70.0 + 180.0 * std::fmod(std::floor(at_s / 900.0) * 0.618, 1.0);
}

/// After a day of replicas that are busy with 2 to 8 req/s each, and told so as a mean over
/// `over_s`, off by as much as `noise`.
UtilizationWindow after_a_day(double over_s, double noise) {
  UtilizationWindow window{};
  std::deque<double> last{};
  double at_s{0.0};
  for (; at_s < 24.0 * hour_s; at_s += 15.0) {
    const double work{std::fmod(at_s, hour_s) < 1'200.0 ? 8.0 : 2.0};
    last.push_back(work / rate);
    if (static_cast<double>(last.size()) * 15.0 > over_s && last.size() > 1) last.pop_front();
    const double mean{std::accumulate(last.begin(), last.end(), 0.0) /
                      static_cast<double>(last.size())};
    window.see(work, mean * (1.0 + noise * std::sin(1.7 * at_s)), true, 15.0);
  }
  return window;
}

TEST_CASE("the length of a mean is found by what goes together") {
  CHECK(!after_a_day(15.0, 0.0).is_longer());
  CHECK(!after_a_day(15.0, 0.25).is_longer());  // noise is no length
  for (const double over_s : {120.0, 300.0, 600.0}) {
    CAPTURE(over_s);
    UtilizationWindow window{after_a_day(over_s, 0.1)};
    REQUIRE(window.is_longer());
    CHECK(window.is_current());  // calm for 40 minutes
    window.see(8.0, 0.25, true, 15.0);
    CHECK(!window.is_current());  // work that is not in the mean yet
  }
}

TEST_CASE("samples of a calm load and of an idle fleet say nothing of a length") {
  UtilizationWindow window{};
  for (int tick{0}; tick < 1'000; ++tick) window.see(5.0, tick % 2 == 0 ? 0.2 : 0.9, true, 15.0);
  CHECK(!window.is_longer());
  for (int tick{0}; tick < 1'000; ++tick) {
    window.see(tick % 80 < 40 ? 8.0 : 1.0, 0.01, false, 15.0);
  }
  CHECK(!window.is_longer());
}

TEST_CASE("a damaged memory leaves a length that there is") {
  for (const double damaged : {-7.0, 1e300}) {
    const Memory memory(17, damaged);
    UtilizationWindow window{};
    autopilot::Reader reader{memory};
    window.keep(reader);
    window.see(5.0, 0.5, true, 15.0);
    CHECK(std::isfinite(window.work()));
    CHECK(window.work() >= 0.0);
  }
}

TEST_CASE("a utilization asked for over five minutes made replicas look fast, then slow") {
  for (const auto& load : {batches, levels}) {
    for (const double averaged_s : {150.0, 300.0}) {
      CAPTURE(averaged_s);
      const Outcome outcome{play({}, Service{.averaged_s = averaged_s}, 24.0 * hour_s, load)};
      const Outcome at_best{play({}, {}, 24.0 * hour_s, load)};
      CAPTURE(outcome.words);
      CHECK(outcome.late_minutes <= 5.0);                            // were 19 to 48
      CHECK(outcome.replica_hours <= 1.15 * at_best.replica_hours);  // were up to 1.55 times
      CHECK(outcome.creates <= 1.5 * at_best.creates);               // were up to 3.4 times
    }
  }
}

}  // namespace
}  // namespace spillway::utilization_window_test
