#include "controller/backtest/tuning.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "policies/baseline/hpa.hpp"
#include "policies/baseline/keda.hpp"
#include "tests/backtest/traces.hpp"

namespace spillway::backtest::tuning_test {
namespace {

using std::chrono::seconds;

std::vector<Load> day() {
  std::vector<double> values;
  for (int i{0}; i < 96; ++i) values.push_back(20.0 + (i * 37 % 96 < 30 ? 60.0 : i % 7));
  return {*prepare(trace_of(values, seconds{300}), World{})};
}

TEST_CASE("knobs are the numbers among the settings, searched from a quarter to four times") {
  HpaSettings settings{};
  const auto knobs{find_knobs([&](Fields& fields) { describe(fields, settings); })};
  REQUIRE(knobs.size() == 4);
  CHECK(knobs[0].path == "target_utilization");
  CHECK(knobs[0].low == doctest::Approx(0.2));
  CHECK(knobs[0].high == 1.0);  // no utilization beyond
  CHECK(knobs[1].path == "sync_period");
  CHECK(knobs[1].is_duration);
  CHECK(knobs[1].high == 60.0);
  CHECK(written(knobs[1], 60.0) == "1m");
}

TEST_CASE("a knob that is set changes its setting and no other") {
  HpaSettings settings{};
  set_knobs([&](Fields& fields) { describe(fields, settings); },
            {{"target_utilization", 0.55}, {"scale_down_window", 90.0}});
  CHECK(settings.target_utilization == 0.55);
  CHECK(settings.behavior.scale_down_window == seconds{90});
  CHECK(settings.behavior.sync_period == seconds{15});
}

TEST_CASE("the front has nobody who is both dearer and later") {
  const auto candidate{[](double cost, double late) {
    return Candidate{.seen = {.late_share = late, .cost_usd = cost}};
  }};
  const auto front{pareto_front({candidate(3.0, 0.01), candidate(1.0, 0.3), candidate(2.0, 0.4),
                                 candidate(2.0, 0.1), candidate(4.0, 0.01)})};
  REQUIRE(front.size() == 3);
  CHECK(front[0].seen.cost_usd == 1.0);
  CHECK(front[1].seen.cost_usd == 2.0);
  CHECK(front[1].seen.late_share == 0.1);
  CHECK(front[2].seen.cost_usd == 3.0);
}

TEST_CASE("a slice is a part of the load with the same cluster") {
  const Load whole{day().front()};
  const Load part{slice(whole, 100, 400)};
  CHECK(part.seconds() == 300);
  CHECK(part.base == whole.base);
  CHECK(part.rps[0] == whole.rps[100]);
  CHECK(part.need[299] == whole.need[399]);
}

TEST_CASE("a search never ends worse than what is configured, and is repeatable") {
  const auto loads{day()};
  KedaSettings settings{.target_utilization = 0.3};
  const auto knobs{find_knobs([&](Fields& fields) { describe(fields, settings); })};
  const BuildWith build{[&](const std::vector<double>& values) {
    KedaSettings own{settings};
    std::map<std::string, double> by_path;
    for (std::size_t i{0}; i < knobs.size(); ++i) by_path[knobs[i].path] = values[i];
    set_knobs([&](Fields& fields) { describe(fields, own); }, by_path);
    return alone(std::make_unique<Keda>(own), World{});
  }};
  const TuningSettings search{.evaluations = 30, .seeds = 1};
  const Tuning first{tune(loads, World{}, knobs, build, search)};
  const Tuning again{tune(loads, World{}, knobs, build, search)};
  const Candidate& chosen{first.front[first.chosen]};
  CHECK(chosen.seen.j30 < first.current.seen.j30);
  CHECK(chosen.values == again.front[again.chosen].values);
  CHECK(chosen.held_out.cost_usd == again.front[again.chosen].held_out.cost_usd);
  for (std::size_t i{0}; i < knobs.size(); ++i) {
    CAPTURE(knobs[i].path);
    CHECK(chosen.values[i] >= knobs[i].low);
    CHECK(chosen.values[i] <= knobs[i].high);
  }
  CHECK(first.warning.find("days to choose by") != std::string::npos);
}

}  // namespace
}  // namespace spillway::backtest::tuning_test
