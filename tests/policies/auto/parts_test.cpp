// The parts of the default policy, each by the example its header promises.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "policies/erlang.hpp"
#include "policies/latency/auto/archive.hpp"
#include "policies/latency/auto/choice.hpp"
#include "policies/latency/auto/combination.hpp"
#include "policies/latency/auto/create_rate.hpp"
#include "policies/latency/auto/error_budget.hpp"
#include "policies/latency/auto/error_histogram.hpp"
#include "policies/latency/auto/forecasters.hpp"
#include "policies/latency/auto/jump_hazard.hpp"
#include "policies/latency/auto/load_history.hpp"
#include "policies/latency/auto/model_doubt.hpp"
#include "policies/latency/auto/prediction.hpp"
#include "policies/latency/auto/service_rate.hpp"
#include "policies/latency/auto/staffing_table.hpp"
#include "policies/latency/auto/vm_tier.hpp"

namespace spillway::autopilot::parts_test {
namespace {

TEST_CASE("the more replicas, the fuller each may be within the same objective") {
  const StaffingTable table{*staffing_curves(0.95), 10.0, 0.2, 2'000.0};
  struct Row {
    int replicas;
    double utilization;  // POLICY_SCIENCE: 0.77 with 5, 0.88 with 10, 0.93 with 20, 0.98 with 80
  };
  for (const Row& row : {Row{5, 0.77}, Row{10, 0.88}, Row{20, 0.93}, Row{80, 0.98}}) {
    CAPTURE(row.replicas);
    const double held{table.holds()[static_cast<std::size_t>(row.replicas)]};
    CHECK(held / (10.0 * row.replicas) == doctest::Approx(row.utilization).epsilon(0.01));
    CHECK(table.count_for(held) == row.replicas);
    CHECK(table.count_for(held + 0.1) == row.replicas + 1);
  }
  CHECK(std::ranges::is_sorted(table.holds()));
  CHECK(table.holds().back() >= 2'000.0);
}

TEST_CASE("between its columns the table holds what Erlang's formula says, within a percent") {
  const auto curves{staffing_curves(0.95)};
  for (const double rate : {0.05, 1.0, 5.3, 14.1, 47.0, 1'000.0}) {
    const StaffingTable table{*curves, rate, 0.2, 150.0 * rate};
    for (std::size_t i{1}; i < table.counts().size(); ++i) {
      CAPTURE(rate);
      CAPTURE(table.counts()[i]);
      const int count{table.counts()[i]};
      CHECK(share_waiting_longer(count, 0.99 * table.holds()[i], rate, 0.2) <= 0.05);
      CHECK(share_waiting_longer(count, 1.01 * table.holds()[i], rate, 0.2) >= 0.05);
    }
  }
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
    errors.add_tail(loads, tail, 105.0, 5.0, scale, 0.5);
    for (std::size_t i{0}; i < loads.size(); ++i) {
      const double error{std::log((loads[i] + 5.0) / 105.0) / scale};
      CAPTURE(loads[i]);
      CHECK(tail[i] - 0.25 == doctest::Approx(0.5 * errors.tail(error)).epsilon(0.05).scale(0.1));
    }
  }
}

TEST_CASE("a trend continues a ramp, and its forecast never gets below zero") {
  LoadHistory ramp{};
  for (int slot{0}; slot < 20; ++slot) ramp.take(15.0 * slot, 100.0 + 10.0 * slot);
  const Line line{ramp.line(0, 6)};
  CHECK(line.newest == doctest::Approx(290.0));
  CHECK(line.slope == doctest::Approx(10.0));
  LoadHistory falling{};
  for (int slot{0}; slot < 20; ++slot) falling.take(15.0 * slot, 20.0 - slot);
  const Forecasts forecasts{forecast(falling, {}, 0, 2, 6)};
  const auto trend{static_cast<std::size_t>(Forecaster::trend_90s)};
  CHECK(forecasts[6][trend] == 0.0);
  CHECK(forecast(ramp, {}, 0, 2, 6)[4][trend] == doctest::Approx(290.0 + 40.0));
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
  combination.fill(fresh, 2, 6, 1.0);
  CHECK(fresh[4][combined] == fresh[4][latest]);
  // The load goes half as far as the trend tells, whatever its size.
  for (int slot{0}; slot < 400; ++slot) {
    const double load{60.0 + slot % 80};
    const double rise{(slot % 7 - 3) * 4.0};
    combination.learn(forecasts_of(load, load + rise)[4], load + 0.5 * rise, 1.0, 1.0);
    combination.update();
  }
  Forecasts told{forecasts_of(100.0, 150.0)};
  combination.fill(told, 2, 6, 1.0);
  CHECK(told[2][combined] == doctest::Approx(125.0).epsilon(0.02));
  CHECK(told[6][combined] == doctest::Approx(125.0).epsilon(0.02));
}

TEST_CASE("a combined forecast is never below zero nor out of all proportion") {
  Combination combination{};
  Forecasts wild{};
  for (auto& values : wild) values.fill(100.0);
  for (int slot{0}; slot < 50; ++slot) {
    for (auto& values : wild) values[static_cast<std::size_t>(Forecaster::trend_45s)] = 101.0;
    combination.learn(wild[2], 200.0, 1.0, 1.0);
    combination.update();
  }
  for (const double trend : {0.0, 1e9}) {
    for (auto& values : wild) values[static_cast<std::size_t>(Forecaster::trend_45s)] = trend;
    combination.fill(wild, 2, 2, 1.0);
    const double told{wild[2][static_cast<std::size_t>(Forecaster::combined)]};
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
  const auto reach{hazard.reach(std::array{100.0, 300.0, 700.0}, calm, 400.0, 1.0)};
  CHECK(reach[0] == 1.0);
  CHECK(reach[1] > 0.8);
  CHECK(reach[2] < 0.05);
}

TEST_CASE("creates of the last hour fade, and what was asked for and lost counts again") {
  CreateRate creates{};
  creates.see(5, 15.0);
  CHECK(creates.per_hour() == 0.0);  // what ran before we looked
  creates.see(15, 15.0);
  CHECK(creates.per_hour() == doctest::Approx(10.0));
  creates.ask(3);
  creates.see(8, 3'600.0);
  CHECK(creates.per_hour() == doctest::Approx(10.0 * std::exp(-1.0) + 5.0));
}

TEST_CASE("a block that is wanted beyond the break-even moves onto a machine, an idle one goes") {
  const VmEconomics economics{.replicas = 4};
  VmTier tier{};
  int machines{0};
  int ticks{0};
  for (; machines == 0; ++ticks) machines = tier.decide(9, 15.0, machines, economics);
  CHECK(15.0 * ticks == doctest::Approx(884.0).epsilon(0.02));
  CHECK(machines == 2);  // the ninth replica alone fills no machine
  for (ticks = 0; machines == 2; ++ticks) machines = tier.decide(3, 15.0, machines, economics);
  CHECK(machines == 1);
  CHECK(15.0 * ticks == doctest::Approx(210.0).epsilon(0.15));
  // Three of four used cost a little more than in the burst provider: that takes long to add up.
  for (ticks = 0; machines == 1; ++ticks) machines = tier.decide(3, 15.0, machines, economics);
  CHECK(15.0 * ticks > 2'000.0);
}

TEST_CASE("a short dip delays the machine of a burst, and does not begin anew") {
  VmTier tier{};
  int machines{0};
  int ticks{0};
  for (; machines == 0 && ticks < 1'000; ++ticks) {
    machines = tier.decide(ticks % 20 == 19 ? 2 : 4, 15.0, machines, {.replicas = 4});
  }
  CHECK(15.0 * ticks > 884.0);
  CHECK(15.0 * ticks < 1'500.0);
}

TEST_CASE("errors that come by the clock are expected by the clock") {
  ClockErrors errors{};
  for (int slot{0}; slot < 400; ++slot) {
    const double error{slot % 20 >= 10 && slot % 20 < 15 ? 0.4 : 0.01};
    errors.learn(15.0 * slot, 0, error);
    errors.learn(15.0 * slot, 1, 0.1);
  }
  CHECK(errors.best(15.0 * 403) == Forecaster::latest);
  CHECK(errors.least(15.0 * 403) < 0.02);
  CHECK(errors.best(15.0 * 412) != Forecaster::latest);
  CHECK(errors.least(15.0 * 412) <= 0.1);
}

TEST_CASE("the price of lateness comes to rest where the allowed share is late") {
  ErrorBudget budget{};
  const BudgetSettings settings{.allowed_late = 0.01, .least_price = 1.0, .price_cap = 1'000.0};
  // A world in which lateness falls with the price: late once in `price * 5` windows.
  double owed{0.0};
  for (int slot{0}; slot < 40'000; ++slot) {
    owed += 1.0 / (5.0 * budget.price(1'000.0));
    const double late{owed >= 1.0 ? 1.0 : 0.0};
    owed -= late;
    budget.spend(late, 100.0, 15.0, settings);
  }
  CHECK(budget.spent() == doctest::Approx(0.006).epsilon(0.1));
}

TEST_CASE("no lateness raises the price beyond the owner's cap") {
  ErrorBudget budget{};
  for (int slot{0}; slot < 1'000; ++slot) budget.spend(1.0, 100.0, 15.0, {.price_cap = 60.0});
  CHECK(budget.price(60.0) == 60.0);
  for (int slot{0}; slot < 100'000; ++slot) budget.spend(0.0, 100.0, 15.0, {.price_cap = 60.0});
  CHECK(budget.price(60.0) == BudgetSettings{}.least_price);
}

TEST_CASE("a cap below the usual least price is kept, with and without the signal late") {
  ErrorBudget budget{};
  CHECK(budget.price(5.0) == 5.0);
  for (int slot{0}; slot < 10; ++slot) budget.spend(1.0, 100.0, 15.0, {.price_cap = 1.0});
  CHECK(budget.price(1.0) == 1.0);
}

TEST_CASE("lateness that the model does not explain is answered, a jump is not, idle time is not") {
  const DoubtSample late{
      .late = 1.0, .allowed_late = 0.01, .load = 300.0, .held = 302.0, .utilization = 0.94};
  ModelDoubt doubt{};
  for (int slot{0}; slot < 3; ++slot) doubt.learn(late);
  CHECK(doubt.factor() == 1.0);  // a minute of patience
  for (int slot{0}; slot < 5; ++slot) doubt.learn(late);
  CHECK(doubt.factor() == doctest::Approx(1.28).epsilon(0.02));
  for (int slot{0}; slot < 1'000; ++slot) doubt.learn(late);
  CHECK(doubt.factor() == 2.0);
  DoubtSample calm{late};
  calm.late = 0.0;
  for (int slot{0}; slot < 960; ++slot) doubt.learn(calm);
  CHECK(doubt.factor() == doctest::Approx(1.5).epsilon(0.01));

  ModelDoubt explained{};
  DoubtSample jump{late};
  jump.load = 310.0;
  DoubtSample idle{late};
  idle.utilization = 0.3;
  for (int slot{0}; slot < 100; ++slot) explained.learn(slot % 2 ? jump : idle);
  CHECK(explained.factor() == 1.0);
}

TEST_CASE("the service rate is learned from load and utilization, whatever the fleet's size") {
  ServiceRate service{};
  CHECK(!service.get());
  for (int tick{0}; tick < 50; ++tick) {
    const double serving{tick < 25 ? 8.0 : 12.0};
    const double utilization{0.3 + 0.01 * tick};
    service.learn(
        {.load = 9.9 * serving * utilization, .utilization = utilization, .serving = serving});
  }
  CHECK(*service.get() == doctest::Approx(9.9).epsilon(0.01));
}

TEST_CASE("a start under overload is not taken for fast replicas") {
  ServiceRate service{};
  double serving{4.0};
  for (int tick{0}; tick < 30; ++tick) {
    const double utilization{std::min(1.0, 120.0 / (10.0 * serving))};
    service.learn({.load = 120.0, .utilization = utilization, .serving = serving});
    serving = std::ceil(120.0 / *service.get()) + 1.0;
  }
  CHECK(*service.get() == doctest::Approx(10.0).epsilon(0.02));
}

TEST_CASE("a queue that counts what is in service is no saturation beside a low utilization") {
  ServiceRate service{};
  double serving{18.0};
  for (int tick{0}; tick < 400; ++tick) {
    const double utilization{150.0 / (10.0 * serving)};
    service.learn(
        {.load = 150.0, .utilization = utilization, .queue = 150.0 / 10.0, .serving = serving});
    if (tick == 200) serving = 25.0;
  }
  CHECK(*service.get() == doctest::Approx(10.0).epsilon(0.02));
}

TEST_CASE("a rate guessed while nothing happened gives way to the first busy look") {
  ServiceRate service{};
  // Idle work: 2 % of the processor for one request in 200 s.
  for (int tick{0}; tick < 100; ++tick) {
    service.learn({.load = 0.005, .utilization = 0.02, .serving = 8.0});
  }
  CHECK(*service.get() < 1.0);
  service.learn({.load = 40.0, .utilization = 0.52, .serving = 8.0});
  CHECK(*service.get() == doctest::Approx(40.0 / (0.52 * 8.0)));
}

TEST_CASE("a rate that is far too low is corrected by a fleet that idles because of it") {
  ServiceRate service{};
  service.learn({.load = 8.0, .utilization = 0.5, .serving = 8.0});  // 2 req/s
  for (int tick{0}; tick < 20; ++tick) {
    service.learn({.load = 40.0, .utilization = 0.047, .serving = 85.0});
  }
  CHECK(*service.get() == doctest::Approx(10.0).epsilon(0.02));
}

TEST_CASE("a fleet that never stands still has a rate within what its sizes allow") {
  ServiceRate service{};
  service.learn({.load = 40.0, .utilization = 1.0, .serving = 10.0});  // believed: 3.2 req/s
  for (int tick{0}; tick < 40; ++tick) {
    const double serving{tick % 2 == 0 ? 10.0 : 14.0};
    service.learn({.load = 70.0, .utilization = 70.0 / (10.0 * serving), .serving = serving});
  }
  CHECK(*service.get() > 6.5);
  CHECK(*service.get() < 15.0);
}

TEST_CASE("what is learned goes by the seconds, not by the samples of a fast loop") {
  ServiceRate fast{};
  ServiceRate slow{};
  for (ServiceRate* service : {&fast, &slow}) {
    const double elapsed_s{service == &fast ? 1.0 : 15.0};
    for (double at_s{0.0}; at_s < 1'800.0; at_s += elapsed_s) {
      service->learn({.load = 60.0, .utilization = 0.6, .serving = 10.0, .elapsed_s = elapsed_s});
    }
    // A new release is slower by half.
    for (double at_s{0.0}; at_s < 300.0; at_s += elapsed_s) {
      service->learn({.load = 60.0, .utilization = 0.9, .serving = 10.0, .elapsed_s = elapsed_s});
    }
  }
  CHECK(*fast.get() < 9.6);
  CHECK(*fast.get() == doctest::Approx(*slow.get()).epsilon(0.03));
}

TEST_CASE("replicas that were none at all a minute ago give no endless rate") {
  ServiceRate service{};
  service.learn({.load = 100.0, .utilization = 0.9, .serving = 10.0, .elapsed_s = 60.0});
  service.learn({.load = 0.0, .utilization = 0.0, .serving = 0.0, .elapsed_s = 60.0});
  service.learn({.load = 100.0, .utilization = 0.6, .serving = 10.0, .elapsed_s = 60.0});
  CHECK(*service.get() < 20.0);
  CHECK(service.fewest_serving() == 10.0);
}

TEST_CASE("that nobody is late is no rate to buy by") {
  ServiceRate service{};
  for (int tick{0}; tick < 240; ++tick) {
    service.learn({.load = 0.4 + 0.1 * tick, .late = 0.0, .serving = 4.0});
    CHECK(!service.get());
  }
  service.learn({.load = 30.0, .late = 1.0, .serving = 4.0});
  CHECK(*service.get() < 7.5);
}

TEST_CASE("lateness without a utilization never halves what has been served on time") {
  ServiceRate service{};
  for (int tick{0}; tick < 240; ++tick) {
    service.learn(
        {.load = tick == 20 ? 110.0 : 100.0, .late = tick == 20 ? 1.0 : 0.0, .serving = 4.0});
  }
  double serving{4.0};
  for (int tick{0}; tick < 240; ++tick) {  // an hour in which something else is slow
    service.learn({.load = 100.0, .late = 1.0, .serving = serving});
    serving = std::ceil(100.0 / *service.get()) + 1.0;
  }
  CHECK(serving <= 10.0);
  for (int tick{0}; tick < 40; ++tick) {
    service.learn({.load = 100.0, .late = 0.0, .serving = serving});
  }
  CHECK(*service.get() >= 24.0);
}

TEST_CASE("while a backlog is worked off, more is completed than arrives") {
  ServiceRate service{};
  for (int tick{0}; tick < 10; ++tick) {
    service.learn({.load = 60.0, .utilization = 0.6, .serving = 10.0});
  }
  for (int tick{0}; tick < 10; ++tick) {
    service.learn(
        {.load = 50.0, .utilization = 1.0, .queue = 500.0 - 40.0 * tick, .serving = 10.0});
  }
  CHECK(*service.get() == doctest::Approx(10.0).epsilon(0.04));
}

TEST_CASE("without a utilization, lateness brackets the service rate") {
  ServiceRate service{};
  for (int tick{0}; tick < 400; ++tick) {
    const double load{60.0 + 30.0 * std::sin(tick / 20.0)};
    service.learn({.load = load, .late = load > 77.0 ? 1.0 : 0.0, .serving = 8.0});
  }
  CHECK(*service.get() > 8.5);
  CHECK(*service.get() < 10.5);
}

TEST_CASE("a replica is rented if the lateness it saves is worth more than its rent") {
  const StaffingTable table{*staffing_curves(0.95), 10.0, 0.2, 400.0};
  std::vector<double> tail(table.counts().size(), 0.0);
  for (std::size_t i{0}; i <= 12; ++i) tail[i] = i < 12 ? 1.0 : 0.02;
  const Economics dear{.rent = 1.65e-5, .late_price = 30 * 1.65e-6};
  const Economics cheap{.rent = 1.65e-5, .late_price = 1.65e-6};
  CHECK(choose(table, tail, 4, 13, dear).count == 13);
  CHECK(choose(table, tail, 4, 13, cheap).count == 12);
  CHECK(choose(table, tail, 20, 20, dear).count == 20);
}

TEST_CASE("what runs is kept over a dip that the load is likely to come back from") {
  const StaffingTable table{*staffing_curves(0.95), 10.0, 0.2, 400.0};
  std::vector<double> tail(table.counts().size(), 0.0);
  // Twelve hold for sure; with 30 % chance sixteen are wanted for a part of the slots.
  for (std::size_t i{0}; i < tail.size(); ++i) tail[i] = i < 12 ? 1.0 : i < 16 ? 0.3 : 0.0;
  const Economics economics{.late_price = 1e-7, .restart = 2.0};
  CHECK(choose(table, tail, 4, 16, economics).count == 16);
  CHECK(choose(table, tail, 4, 12, economics).count < 16);  // and nothing is started for it
  for (double& each : tail) each = each == 0.3 ? 0.05 : each;
  CHECK(choose(table, tail, 4, 16, economics).count < 16);
}

TEST_CASE("packed counts come back within their resolution, and a cut memory is noticed") {
  std::vector<double> values{0.0, 1.0, 2.5, 1'023.99, 0.001};
  Memory memory{};
  Writer writer{memory};
  writer.packed(values, 1'024.0);
  CHECK(memory.size() == 3);
  std::vector<double> back(5);
  Reader reader{memory};
  reader.packed(back, 1'024.0);
  CHECK(reader.is_whole());
  for (std::size_t i{0}; i < 5; ++i) {
    CHECK(back[i] == doctest::Approx(values[i]).epsilon(1e-4).scale(1.0));
  }
  memory.pop_back();
  Reader cut{memory};
  cut.packed(back, 1'024.0);
  CHECK(!cut.is_whole());
}

}  // namespace
}  // namespace spillway::autopilot::parts_test
