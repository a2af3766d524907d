// The parts of the default policy that turn an expectation into a count, each by the example its
// header promises. Beside it: prediction_test, service_rate_test, vm_tier_test.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "policies/erlang.hpp"
#include "policies/latency/auto/archive.hpp"
#include "policies/latency/auto/choice.hpp"
#include "policies/latency/auto/create_rate.hpp"
#include "policies/latency/auto/error_budget.hpp"
#include "policies/latency/auto/error_histogram.hpp"
#include "policies/latency/auto/model_doubt.hpp"
#include "policies/latency/auto/packed_array.hpp"
#include "policies/latency/auto/slot_hold.hpp"
#include "policies/latency/auto/staffing_table.hpp"

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

TEST_CASE("a table that goes on with the rows of another is the one made anew") {
  const auto curves{staffing_curves(0.95)};
  std::shared_ptr<const StaffingRows> known{};
  struct Wanted {
    double rate;
    double up_to;
  };
  for (const Wanted& wanted : {Wanted{10.0, 200.0}, Wanted{10.0, 90.0}, Wanted{10.0, 5'000.0},
                               Wanted{10.0, 0.0}, Wanted{7.0, 200.0}, Wanted{7.0, 1e9}}) {
    CAPTURE(wanted.rate);
    CAPTURE(wanted.up_to);
    const StaffingTable anew{*curves, wanted.rate, 0.2, wanted.up_to};
    const StaffingTable table{*curves, wanted.rate, 0.2, wanted.up_to, known};
    known = table.rows();
    CHECK(std::ranges::equal(table.holds(), anew.holds()));
    CHECK(std::ranges::equal(table.counts(), anew.counts()));
  }
  // Of another objective nothing is taken over.
  const auto strict{staffing_curves(0.99)};
  const StaffingTable table{*strict, 7.0, 0.2, 200.0, known};
  CHECK(table.held_by(20.0) == StaffingTable{*strict, 7.0, 0.2, 200.0}.held_by(20.0));
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

TEST_CASE("a start that the load will want anyway is not put off until it is too late") {
  const StaffingTable table{*staffing_curves(0.95), 10.0, 0.2, 400.0};
  const Economics slow{.late_price = 1e-5, .start_charge = 360.0};
  const auto asked{[&](double chance) {
    std::vector<double> tail(table.counts().size(), 0.0);
    for (std::size_t i{0}; i < tail.size(); ++i) tail[i] = i < 12 ? 1.0 : i < 30 ? chance : 0.0;
    return choose(table, tail, 4, 12, slow).count;
  }};
  CHECK(asked(0.95) == 30);
  CHECK(asked(0.01) == 12);
}

TEST_CASE("beyond the table nothing is said about one replica more") {
  const StaffingTable table{*staffing_curves(0.95), 10.0, 0.2, 100.0};
  std::vector<double> tail(table.counts().size(), 1.0);
  tail.back() = 0.5;
  const Choice most{choose(table, tail, 4, 4, {.late_price = 1.0})};
  CHECK(most.count == table.counts().back());
  CHECK(most.is_most);
  tail.back() = 0.0;
  tail[tail.size() - 2] = 0.0;
  CHECK(!choose(table, tail, 4, 4, {.late_price = 1.0}).is_most);
}

/// What comes back of values that are packed one by one.
template <std::size_t size>
std::array<double, size> rounded(std::array<double, size> values) {
  for (double& value : values) value = packing::rounded(value);
  return values;
}

TEST_CASE("packed values come back within four millionths, and from then on bit for bit") {
  std::array<double, 9> loads{0.0, 1e-12, 0.3, 3.7, 142.5, 1e12, 1e300, -1.0, 0.001};
  Memory memory(5);
  Writer writer{memory};
  writer.packed(loads);
  std::array<double, 9> back{};
  Reader reader{memory};
  reader.packed(back);
  CHECK(reader.is_whole());
  for (const std::size_t i : {0U, 1U, 2U, 3U, 4U, 5U, 8U}) {
    CHECK(std::abs(back[i] - loads[i]) <= 4e-6 * loads[i]);
  }
  CHECK(back[6] >= 9.9e29);  // no load is beyond this
  CHECK(back[7] == 0.0);
  CHECK(rounded(loads) == back);
  Memory again(5);
  Writer second{again};
  second.packed(back);
  CHECK(again == memory);
  memory.pop_back();
  Reader cut{memory};
  cut.packed(back);
  CHECK(!cut.is_whole());
}

TEST_CASE("a state is rounded to what its numbers say, of every size of value") {
  for (int exponent{-300}; exponent <= 40; ++exponent) {
    std::array<double, 3> values{std::pow(10.0, exponent), std::pow(10.0, exponent) / 3.0, 7e-39};
    CAPTURE(exponent);
    values = rounded(values);
    CHECK(rounded(values) == values);
    CHECK(packing::unpack<3>(packing::pack(values)) == values);
    CHECK(packing::value_of(packing::bits_of(values[0])) == values[0]);
    ErrorHistogram errors{values[0]};
    Rounder rounder{};
    errors.keep(rounder);
    const Memory memory{written(errors)};
    ErrorHistogram back{};
    Reader reader{memory};
    back.keep(reader);
    CHECK(back.total() == errors.total());
    CHECK(written(back) == memory);
  }
  CHECK(packing::rounded(std::nan("")) == 0.0);
  CHECK(packing::rounded(packing::least * (1.0 + 1e-7)) == 0.0);
  double broken{std::nan("")};
  Rounder rounder{};
  rounder.number(broken);
  CHECK(!rounder.is_finite());
}

TEST_CASE("an array that is kept packed is read and changed one by one") {
  PackedArray<7> array{0.05};
  CHECK(array[3] == doctest::Approx(0.05).epsilon(4e-6));
  const std::array<double, 7> values{0.0, 1.5, 1e30, std::nan(""), -2.0, 1e-3, 64.0};
  for (std::size_t i{0}; i < 7; ++i) array.set(i, values[i]);
  CHECK(array[0] == 0.0);
  CHECK(array[1] == 1.5);
  CHECK(array[2] == doctest::Approx(1e30).epsilon(4e-6));
  CHECK(array[3] == 0.0);  // what is no number is nothing
  CHECK(array[4] == 0.0);
  CHECK(array[5] == doctest::Approx(1e-3).epsilon(4e-6));
  CHECK(array[6] == 64.0);
  const Memory memory{written(array)};
  CHECK(memory.size() == 4);
  PackedArray<7> back{};
  Reader reader{memory};
  back.keep(reader);
  CHECK(reader.is_whole());
  for (std::size_t i{0}; i < 7; ++i) CHECK(back[i] == array[i]);
}

TEST_CASE("a memory with numbers that nobody packed is no memory") {
  for (const double damaged :
       {-1.0, 1e300, 0x1p52, std::nan(""), std::numeric_limits<double>::infinity()}) {
    CAPTURE(damaged);
    Memory memory{damaged};
    std::array<double, 2> values{};
    Reader reader{memory};
    reader.packed(values);
    CHECK(!reader.is_whole());
  }
  // The largest number that may be one: what it holds is finite.
  Memory largest{0x1p52 - 1.0};
  std::array<double, 2> values{};
  Reader reader{largest};
  reader.packed(values);
  CHECK(reader.is_whole());
  CHECK(std::isfinite(values[0]));
}

TEST_CASE("what was learned long ago fades, however little of it is left") {
  ErrorHistogram errors{1e-6};
  errors.add(0.5);
  const double before{errors.tail(0.3)};
  for (int slot{0}; slot < 60'000; ++slot) {  // ten days
    errors.forget(0.99965);
    const Memory memory{written(errors)};
    Reader reader{memory};
    errors.keep(reader);
  }
  CHECK(before > 0.9);
  CHECK(errors.total() < 1e-7);
}

TEST_CASE("within a slot the count only rises") {
  SlotHold hold{};
  CHECK(hold.highest(7.0, 4) == 4);
  CHECK(hold.highest(7.0, 6) == 6);
  CHECK(hold.highest(7.0, 5) == 6);
  CHECK(hold.highest(8.0, 5) == 5);
}

}  // namespace
}  // namespace spillway::autopilot::parts_test
