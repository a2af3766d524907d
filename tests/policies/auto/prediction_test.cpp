// What the default policy expects of the load, and how sure it is of that.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "policies/latency/auto/combination.hpp"
#include "policies/latency/auto/error_histogram.hpp"
#include "policies/latency/auto/error_tail.hpp"
#include "policies/latency/auto/forecasters.hpp"
#include "policies/latency/auto/jump_hazard.hpp"
#include "policies/latency/auto/load_history.hpp"
#include "policies/latency/auto/prediction.hpp"

namespace spillway::autopilot::prediction_test {
namespace {

void learn(Combination& combination, const std::array<double, forecaster_count>& forecasts,
           double came, double weight, double offset) {
  combination.learn(Combination::departures(forecasts, offset),
                    forecasts[static_cast<std::size_t>(Forecaster::latest)], came, weight, offset);
}

TEST_CASE("an error histogram tells how likely a larger error is") {
  ErrorHistogram errors{1.0};
  for (int i{0}; i < 1'000; ++i) errors.add(i % 10 == 0 ? 0.5 : 0.0);
  CHECK(errors.tail(0.2) == doctest::Approx(0.1).epsilon(0.1));
  CHECK(errors.tail(2.0) < 0.002);
  CHECK(errors.tail(-2.0) > 0.99);
  CHECK(errors.density(0.0, errors.total()) > 20.0 * errors.density(0.5, errors.total()));
  double before{1.0};
  for (double error{-4.0}; error < 4.0; error += 0.01) {
    CHECK(errors.tail(error) <= before + 1e-12);
    before = errors.tail(error);
  }
}

TEST_CASE("what is forgotten counts less than what is new") {
  ErrorHistogram errors{1.0};
  for (int i{0}; i < 130; ++i) {
    errors.forget(0.9);
    errors.add(i < 100 ? 1.0 : 0.0);
  }
  CHECK(errors.tail(0.5) < 0.06);
}

TEST_CASE("a slot holds the mean of a fast loop's readings, and a slow loop fills the slots") {
  LoadHistory fast{};
  for (int second{0}; second < 60; ++second) fast.take(second, second < 30 ? 10.0 : 40.0);
  CHECK(fast.at(0) == 40.0);
  CHECK(fast.at(1) == 40.0);
  CHECK(fast.at(2) == 10.0);
  LoadHistory slow{};
  CHECK(slow.take(0.0, 10.0) == 0);
  CHECK(slow.take(60.0, 50.0) == 4);
  CHECK(slow.at(0) == 50.0);
  CHECK(slow.at(3) == 50.0);
  CHECK(slow.at(4) == 10.0);
  // A silence longer than all that is remembered leaves only the new value.
  CHECK(slow.take(1e7, 7.0) == static_cast<int>(LoadHistory::size));
  CHECK(slow.max(0, LoadHistory::size) == 7.0);
}

TEST_CASE("the tail over many loads is the tail at each of them") {
  ErrorHistogram errors{1.0};
  for (int i{0}; i < 50; ++i) errors.add(0.02 * i - 0.3);
  const std::vector<double> loads{1.0, 50.0, 90.0, 100.0, 130.0, 400.0, 1e5};
  for (const double scale : {1.0, 0.3}) {
    std::vector<double> tail(loads.size(), 0.25);
    const LoadRange range{.lowest = 6.0 / 105.0, .highest = (1e5 + 5.0) / 105.0};
    ErrorTail{errors, scale, range}.add(loads, tail, 105.0, 5.0, 0.5);
    for (std::size_t i{0}; i < loads.size(); ++i) {
      const double error{std::log((loads[i] + 5.0) / 105.0) / scale};
      CAPTURE(loads[i]);
      CHECK(tail[i] - 0.25 == doctest::Approx(0.5 * errors.tail(error)).epsilon(0.05).scale(0.1));
    }
  }
}

TEST_CASE("bins in which no load lies are left out, and change nothing") {
  ErrorHistogram errors{1.0};
  for (int i{0}; i < 50; ++i) errors.add(0.02 * i - 0.3);
  const std::vector<double> loads{20.0, 90.0, 100.0, 130.0, 170.0};
  for (const double scale : {1.0, 0.3, 40.0}) {
    std::vector<double> all(loads.size(), 0.0);
    std::vector<double> some(loads.size(), 0.0);
    ErrorTail{errors, scale, {.lowest = 1e-12, .highest = 1e12}}.add(loads, all, 105.0, 5.0, 0.5);
    const LoadRange range{.lowest = 25.0 / 105.0, .highest = 175.0 / 105.0};
    ErrorTail{errors, scale, range}.add(loads, some, 105.0, 5.0, 0.5);
    CHECK(some == all);
  }
}

TEST_CASE("a few leads stand for all of them, the first and the last among them") {
  const auto slots_of{[](const Leads& leads) {
    std::vector<std::size_t> slots{};
    for (std::size_t i{0}; i < leads.count(); ++i) slots.push_back(leads[i]);
    return slots;
  }};
  using Slots = std::vector<std::size_t>;
  CHECK(slots_of({2, 6}) == Slots{2, 4, 6});
  CHECK(slots_of({2, 5}) == Slots{2, 4, 5});
  CHECK(slots_of({2, 3}) == Slots{2, 3});
  CHECK(slots_of({1, 1}) == Slots{1});
  CHECK(slots_of({2, slots_ahead_max}) == Slots{2, 11, 20});
}

TEST_CASE("a trend continues a ramp, and its forecast never gets below zero") {
  LoadHistory ramp{};
  for (int slot{0}; slot < 20; ++slot) ramp.take(15.0 * slot, 100.0 + 10.0 * slot);
  const Line line{ramp.line(0, 6)};
  CHECK(line.newest == doctest::Approx(290.0));
  CHECK(line.slope == doctest::Approx(10.0));
  LoadHistory falling{};
  for (int slot{0}; slot < 20; ++slot) falling.take(15.0 * slot, 20.0 - slot);
  const Forecasts forecasts{forecast(falling, {}, 0, Leads{2, 6})};
  const auto trend{static_cast<std::size_t>(Forecaster::trend_90s)};
  CHECK(forecasts[2][trend] == 0.0);
  CHECK(forecast(ramp, {}, 0, Leads{2, 6})[1][trend] == doctest::Approx(290.0 + 40.0));
}

TEST_CASE(
    "without experience the combined forecast is the latest load, and then what trends are worth") {
  constexpr auto latest{static_cast<std::size_t>(Forecaster::latest)};
  constexpr auto trend{static_cast<std::size_t>(Forecaster::trend_90s)};
  constexpr auto combined{static_cast<std::size_t>(Forecaster::combined)};
  const auto forecasts_of{[&](double load, double by_trend) {
    Forecasts all{};
    for (auto& values : all) values.fill(load);
    for (auto& values : all) values[trend] = by_trend;
    return all;
  }};
  Combination combination{};
  Forecasts fresh{forecasts_of(100.0, 150.0)};
  combination.fill(fresh, 3, 1.0);
  CHECK(fresh[1][combined] == fresh[1][latest]);
  // The load goes half as far as the trend tells, whatever its size.
  for (int slot{0}; slot < 400; ++slot) {
    const double load{60.0 + slot % 80};
    const double rise{(slot % 7 - 3) * 4.0};
    learn(combination, forecasts_of(load, load + rise)[1], load + 0.5 * rise, 1.0, 1.0);
    combination.update();
  }
  Forecasts told{forecasts_of(100.0, 150.0)};
  combination.fill(told, 3, 1.0);
  CHECK(told[0][combined] == doctest::Approx(125.0).epsilon(0.02));
  CHECK(told[2][combined] == doctest::Approx(125.0).epsilon(0.02));
}

TEST_CASE("after calm hours a jump was forecast to be over at once") {
  constexpr auto at{[](Forecaster which) { return static_cast<std::size_t>(which); }};
  const auto forecasts_of{[&](double latest, double mean, double usual) {
    Forecasts all{};
    for (auto& values : all) values.fill(latest);
    for (auto& values : all) values[at(Forecaster::mean_5min)] = mean;
    for (auto& values : all) values[at(Forecaster::same_time_of_day)] = usual;
    return all;
  }};
  // What departs from the mean is noise, up to a tenth.
  Combination combination{};
  for (int slot{0}; slot < 2'000; ++slot) {
    const double latest{40.0 * (1.0 + 0.05 * (slot % 5 - 2))};
    learn(combination, forecasts_of(latest, 40.0, latest)[0], 40.0, 1.0, 1.0);
    combination.update();
  }
  Forecasts noisy{forecasts_of(44.0, 40.0, 44.0)};
  combination.fill(noisy, 3, 1.0);
  CHECK(noisy[0][at(Forecaster::combined)] == doctest::Approx(40.0).epsilon(0.02));
  Forecasts jumped{forecasts_of(700.0, 100.0, 700.0)};
  combination.fill(jumped, 3, 1.0);
  CHECK(jumped[0][at(Forecaster::combined)] > 450.0);
  // What is usual at this time of the day is believed, however far away.
  for (int slot{0}; slot < 500; ++slot) {
    learn(combination, forecasts_of(40.0, 40.0, slot % 2 == 0 ? 75.0 : 40.0)[0],
          slot % 2 == 0 ? 75.0 : 40.0, 1.0, 1.0);
    combination.update();
  }
  Forecasts morning{forecasts_of(40.0, 40.0, 80.0)};
  combination.fill(morning, 3, 1.0);
  CHECK(morning[0][at(Forecaster::combined)] == doctest::Approx(80.0).epsilon(0.05));
}

TEST_CASE("a combined forecast is never below zero nor out of all proportion") {
  Combination combination{};
  Forecasts wild{};
  for (auto& values : wild) values.fill(100.0);
  for (int slot{0}; slot < 50; ++slot) {
    for (auto& values : wild) values[static_cast<std::size_t>(Forecaster::trend_45s)] = 101.0;
    learn(combination, wild[0], 200.0, 1.0, 1.0);
    combination.update();
  }
  for (const double trend : {0.0, 1e9}) {
    for (auto& values : wild) values[static_cast<std::size_t>(Forecaster::trend_45s)] = trend;
    combination.fill(wild, 1, 1.0);
    const double told{wild[0][static_cast<std::size_t>(Forecaster::combined)]};
    CHECK(told >= 0.0);
    CHECK(told <= 100.0 + 1.5 * 101.0);
  }
}

TEST_CASE("bursts at every half hour are expected at half past, and not between") {
  JumpHazard hazard{};
  const LoadState calm{.level = 1, .motion = 1, .reference = 80.0};
  for (int slot{0}; slot < 2 * 5'760; ++slot) {
    const double at_s{15.0 * slot};
    const double in_half_hour{std::fmod(at_s, 1'800.0)};
    const bool comes{in_half_hour >= 60.0 && in_half_hour < 135.0};
    hazard.learn(at_s, calm, std::array{comes ? 360.0 : 85.0}, 400.0, 1.0);
  }
  const double start{15.0 * 2 * 5'760};
  CHECK(hazard.chance(start + 90.0, calm) > 0.35);
  CHECK(hazard.chance(start + 900.0, calm) < 0.015);
  std::array reach{0.1, 0.1, 0.1};
  hazard.add_reach(std::array{100.0, 300.0, 700.0}, reach, calm, 400.0, 1.0, 0.5);
  CHECK(reach[0] == 0.6);  // every jump gets beyond the threshold of one
  CHECK(reach[1] > 0.5);
  CHECK(reach[2] < 0.125);
}

TEST_CASE("errors that come by the clock are expected by the clock") {
  ClockErrors errors{};
  for (int slot{0}; slot < 400; ++slot) {
    const double error{slot % 20 >= 10 && slot % 20 < 15 ? 0.4 : 0.01};
    errors.learn(15.0 * slot, {error, 0.1, 0.05, 0.05, 0.05});
  }
  CHECK(errors.best(15.0 * 403).forecaster == Forecaster::latest);
  CHECK(errors.best(15.0 * 403).scale < 0.4);
  CHECK(errors.best(15.0 * 412).forecaster != Forecaster::latest);
  CHECK(errors.best(15.0 * 412).scale <= 2.0);
}

/// How likely the next jump, if one comes at 50 req/s, gets beyond this load.
double reach(const JumpHazard& jumps, double load) {
  constexpr double highest{200.0};
  constexpr double offset{1.0};
  double tail{0.0};
  jumps.add_reach({&load, 1}, {&tail, 1}, {.level = 1, .reference = 50.0}, highest, offset, 1.0);
  return tail;
}

TEST_CASE("a load that always jumps to the same height is not expected far above it") {
  JumpHazard to_height{};
  JumpHazard by_factor{};
  constexpr double highest{200.0};
  constexpr double offset{1.0};
  for (int jump{0}; jump < 60; ++jump) {
    const double from{20.0 + 2.0 * (jump % 30)};
    const std::array height{180.0};
    const std::array tripled{3.0 * from};
    to_height.learn(900.0 * jump, {.level = 1, .reference = from}, height, highest, offset);
    by_factor.learn(900.0 * jump, {.level = 1, .reference = from}, tripled, highest, offset);
  }
  CHECK(reach(to_height, 120.0) > 0.9);
  CHECK(reach(to_height, 250.0) < 0.1);
  CHECK(reach(by_factor, 120.0) > 0.7);
  CHECK(reach(by_factor, 185.0) < 0.4);
}

}  // namespace
}  // namespace spillway::autopilot::prediction_test
