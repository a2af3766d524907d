#include "controller/backtest/load.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "tests/backtest/traces.hpp"

namespace spillway::backtest::load_test {
namespace {

using std::chrono::seconds;

TEST_CASE("a percentile lies between the two nearest values") {
  CHECK(percentile({20.0, 1.0, 10.0, 2.0}, 0.5) == doctest::Approx(6.0));
  CHECK(percentile({20.0, 1.0, 10.0, 2.0}, 1.0) == 20.0);
  CHECK(percentile({3.0}, 0.995) == 3.0);
}

TEST_CASE("the load runs straight from bin centre to bin centre, and level at both ends") {
  World world{};
  world.load.scale = LoadWorld::Scale::as_is;
  const Load load{*prepare(trace_of({10.0, 30.0, 20.0}, seconds{20}), world)};
  REQUIRE(load.seconds() == 60);
  CHECK(load.rps[0] == 10.0);
  CHECK(load.rps[10] == doctest::Approx(10.0));
  CHECK(load.rps[20] == doctest::Approx(20.0));
  CHECK(load.rps[30] == doctest::Approx(30.0));
  CHECK(load.rps[40] == doctest::Approx(25.0));
  CHECK(load.rps[59] == 20.0);
}

TEST_CASE("the peak becomes the load of forty replicas, and nothing exceeds twice that") {
  std::vector<double> values(1000, 5.0);
  for (std::size_t i{0}; i < 8; ++i) values[500 + i] = 100.0;  // 0.8 % of the time: the peak
  values[100] = 900.0;
  const Load load{*prepare(trace_of(values, seconds{60}), World{})};
  CHECK(percentile(load.rps, 0.995) == doctest::Approx(400.0).epsilon(0.001));
  CHECK(*std::max_element(load.rps.begin(), load.rps.end()) == 800.0);
}

TEST_CASE("each second needs the fewest replicas that hold it") {
  const Load load{*prepare(trace_of({1.0, 4.0, 2.0, 8.0}, seconds{60}), World{})};
  for (std::size_t s{0}; s < load.rps.size(); ++s) {
    CHECK(load.held_by(load.need[s]) >= load.rps[s]);
    CHECK(load.held_by(load.need[s] - 1) < load.rps[s]);
  }
}

TEST_CASE("the fixed cluster has whole machines for the median need, and one at least") {
  const Load level{*prepare(trace_of({1.0, 1.0, 1.0}, seconds{60}), World{})};
  // 400 req/s need 42 replicas: 10 machines of 4.
  CHECK(level.need[0] == 42);
  CHECK(level.base == 40);
  const Load rare{*prepare(trace_of({0.0, 0.0, 0.0, 0.0, 9.0}, seconds{60}), World{})};
  CHECK(rare.base == 4);
  World chosen{};
  chosen.cluster.base_vms = 3;
  CHECK(prepare(trace_of({1.0, 1.0}, seconds{60}), chosen)->base == 12);
}

TEST_CASE("a gap is bridged from its neighbours") {
  World world{};
  world.load.scale = LoadWorld::Scale::as_is;
  const double gap{std::numeric_limits<double>::quiet_NaN()};
  const Load load{*prepare(trace_of({10.0, gap, 30.0}, seconds{20}), world)};
  CHECK(load.rps[30] == doctest::Approx(20.0));
}

TEST_CASE("a trace whose first row is not at 0 begins with that row") {
  World world{};
  world.load.scale = LoadWorld::Scale::as_is;
  LoadTrace trace{trace_of({10.0, 30.0, 20.0}, seconds{20})};
  const Load usual{*prepare(trace, world)};
  for (const Duration begin : {Duration{std::chrono::days{7}}, Duration{seconds{1'700'000'000}}}) {
    LoadTrace later{trace};
    for (Duration& time : later.times) time += begin;
    const auto load{prepare(later, world)};
    REQUIRE(load.has_value());
    CHECK(load->rps == usual.rps);
    CHECK(load->base == usual.base);
  }
}

TEST_CASE("history that does not exist is not made up at the ends of a trace") {
  World world{};
  world.load.scale = LoadWorld::Scale::as_is;
  const double gap{std::numeric_limits<double>::quiet_NaN()};
  LoadTrace trace{trace_of({gap, gap, gap, 10.0, 30.0, 20.0, gap}, seconds{60})};
  trace.origin = world_begin + std::chrono::hours{5};
  const Load load{*prepare(trace, world)};
  const Load known{*prepare(trace_of({10.0, 30.0, 20.0}, seconds{60}), world)};
  CHECK(load.rps == known.rps);
  CHECK(load.begins == world_begin + std::chrono::hours{5} + seconds{180});
  CHECK(load.cut_s == doctest::Approx(240.0));
  CHECK(load.interpolated_s == 0.0);
  CHECK(prepare(trace_of({gap, gap, gap}, seconds{60}), world).error().context.find("no value") !=
        std::string::npos);
}

TEST_CASE(
    "how much of a load is drawn between its values is told, be cells empty or rows missing") {
  World world{};
  world.load.scale = LoadWorld::Scale::as_is;
  const double gap{std::numeric_limits<double>::quiet_NaN()};
  const auto empty{prepare(trace_of({10.0, gap, gap, 30.0}, seconds{60}), world)};
  CHECK(empty->interpolated_s == doctest::Approx(120.0));
  LoadTrace missing{trace_of({10.0, 11.0, 12.0, 30.0, 31.0}, seconds{60})};
  missing.times[3] += std::chrono::hours{2};
  missing.times[4] += std::chrono::hours{2};
  CHECK(prepare(missing, world)->interpolated_s == doctest::Approx(7'200.0));
  CHECK(prepare(trace_of({10.0, 11.0, 12.0}, seconds{60}), world)->interpolated_s == 0.0);
}

TEST_CASE("a load is played at its own time where that is known") {
  World world{};
  world.load.scale = LoadWorld::Scale::as_is;
  LoadTrace trace{trace_of({10.0, 30.0, 20.0}, seconds{20})};
  CHECK(prepare(trace, world)->begins == world_begin);
  for (Duration& time : trace.times) time += seconds{1'790'000'000};
  CHECK(prepare(trace, world)->begins == TimePoint{seconds{1'790'000'000}});
  for (Duration& time : trace.times) time += seconds{900'000'000'000};  // no calendar has it
  CHECK(prepare(trace, world)->begins == world_begin);
}

TEST_CASE("a trace that is no load is refused with the reason") {
  const auto reason{[](const LoadTrace& trace) {
    const auto load{prepare(trace, World{})};
    return load ? std::string{} : load.error().context;
  }};
  CHECK(reason(trace_of({1.0}, seconds{60})).find("at least two rows") != std::string::npos);
  CHECK(reason(trace_of({1.0, -2.0}, seconds{60})).find("negative") != std::string::npos);
  CHECK(reason(trace_of({0.0, 0.0}, seconds{60})).find("nothing to scale by") != std::string::npos);
  CHECK(reason(trace_of({1.0, 1.0}, seconds{1})).find("at least two intervals") !=
        std::string::npos);
  // It ended the program: the difference of two such values is beyond all numbers.
  CHECK(reason(trace_of({0.0, 1e307, 20.0}, seconds{60})).find("no load") != std::string::npos);
  CHECK(reason(trace_of({1.0, 1.0}, seconds{100'000'000})).find("two years") != std::string::npos);
  World tiny{};
  tiny.load.scale = LoadWorld::Scale::as_is;
  CHECK(prepare(trace_of({1e9, 1e9}, seconds{60}), tiny).has_error());
}

}  // namespace
}  // namespace spillway::backtest::load_test
