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
  CHECK(first.tried == 30);
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

TEST_CASE("facts and promises are no knobs, by the policy that they belong to") {
  for (const char* const path : {"quantile", "late_share", "metric_delay", "creates_per_hour",
                                 "wait", "vm.start", "vm.replicas"}) {
    CAPTURE(path);
    CHECK(is_fact("auto", path));
  }
  CHECK_FALSE(is_fact("auto", "late_price_cap"));
  CHECK_FALSE(is_fact("forecast", "quantile"));
  CHECK(is_fact("hpa", "sync_period"));
  CHECK_FALSE(is_fact("hpa", "scale_down_window"));
  CHECK(is_fact("schedule", "anything"));
}

/// Asks for so many replicas, whatever the load.
class Always final : public Policy {
 public:
  explicit Always(int count) : count_{count} {}
  std::string_view name() const override { return "always"; }
  Recommendation recommend(const Snapshot&, const History&) const override {
    return {.policy = "always", .floor = Replicas{count_}};
  }

 private:
  int count_;
};

TEST_CASE(
    "waste on a load that needs no burst is found by a search, not hidden by an optimum of 0") {
  World world{};
  world.load.scale = LoadWorld::Scale::as_is;
  world.cluster.base_vms = 10;  // 40 replicas for one
  const std::vector<Load> quiet{
      *prepare(trace_of(std::vector<double>(48, 5.0), seconds{300}), world)};
  const std::vector<Knob> knobs{
      {.path = "count", .value = 60, .low = 40, .high = 60, .is_whole = true}};
  const BuildWith build{[&](const std::vector<double>& values) {
    return alone(std::make_unique<Always>(static_cast<int>(values[0])), world);
  }};
  const Tuning tuning{tune(quiet, world, knobs, build, {.evaluations = 24, .seeds = 1})};
  const Candidate& chosen{tuning.front[tuning.chosen]};
  // Twenty replicas that nobody needs, all the time.
  CHECK(tuning.current.seen.j30 == doctest::Approx(21.0).epsilon(0.05));
  CHECK(chosen.seen.j30 < tuning.current.seen.j30);
  CHECK(chosen.values[0] < 60);
  CHECK(tuning.is_better);
}

TEST_CASE("a number that makes no difference is not proposed") {
  const auto loads{day()};
  const std::vector<Knob> knobs{
      {.path = "target", .value = 0.3, .low = 0.2, .high = 1.0},
      {.path = "of no effect", .value = 5.0, .low = 1.0, .high = 20.0, .is_whole = true}};
  const BuildWith build{[&](const std::vector<double>& values) {
    return alone(std::make_unique<Keda>(KedaSettings{.target_utilization = values[0]}), World{});
  }};
  const Tuning tuning{tune(loads, World{}, knobs, build, {.evaluations = 24, .seeds = 1})};
  const Candidate& chosen{tuning.front[tuning.chosen]};
  CHECK(chosen.values[0] != 0.3);
  CHECK(chosen.values[1] == 5.0);
}

TEST_CASE("an advantage that is gone on the part held out is none") {
  // Busy at first, then idle for good: what more costs later was not seen.
  std::vector<double> values(70, 90.0);
  values.insert(values.end(), 30, 5.0);
  World world{};
  world.load.scale = LoadWorld::Scale::as_is;
  world.cluster.base_vms = 1;
  const std::vector<Load> loads{*prepare(trace_of(values, seconds{300}), world)};
  const std::vector<Knob> knobs{
      {.path = "count", .value = 6, .low = 6, .high = 16, .is_whole = true}};
  const BuildWith build{[&](const std::vector<double>& counts) {
    return alone(std::make_unique<Always>(static_cast<int>(counts[0])), world);
  }};
  const Tuning tuning{tune(loads, world, knobs, build, {.evaluations = 24, .seeds = 1})};
  const Candidate& chosen{tuning.front[tuning.chosen]};
  REQUIRE(chosen.seen.j30 < tuning.current.seen.j30);
  REQUIRE(chosen.held_out.j30 >= tuning.current.held_out.j30);
  CHECK_FALSE(tuning.is_better);
  CHECK(tuning.warning.find("overfitting") != std::string::npos);
}

TEST_CASE(
    "settings that do better on both parts are proposed, though others did best on the first") {
  // Mostly calm where it is chosen, with peaks that hardly matter; busy on the part held out.
  std::vector<double> values(700, 40.0);
  for (std::size_t peak{0}; peak < 7; ++peak) {
    values[50 + 90 * peak] = 50.0 + 10.0 * static_cast<double>(peak);
  }
  values.insert(values.end(), 300, 80.0);
  World world{};
  world.load.scale = LoadWorld::Scale::as_is;
  world.cluster.base_vms = 1;
  const std::vector<Load> loads{*prepare(trace_of(values, seconds{300}), world)};
  const std::vector<Knob> knobs{
      {.path = "count", .value = 13, .low = 4, .high = 14, .is_whole = true}};
  const BuildWith build{[&](const std::vector<double>& counts) {
    return alone(std::make_unique<Always>(static_cast<int>(counts[0])), world);
  }};
  const Tuning tuning{tune(loads, world, knobs, build, {.evaluations = 11, .seeds = 1})};
  const auto is_best_seen{[&](const Candidate& each) {
    return each.seen.j30 < tuning.front[tuning.chosen].seen.j30 &&
           each.held_out.j30 > tuning.current.held_out.j30;
  }};
  CHECK(std::ranges::any_of(tuning.front, is_best_seen));
  const Candidate& chosen{tuning.front[tuning.chosen]};
  CAPTURE(chosen.values[0]);
  CHECK(tuning.is_better);
  CHECK(chosen.seen.j30 < tuning.current.seen.j30);
  CHECK(chosen.held_out.j30 < tuning.current.held_out.j30);
}

}  // namespace
}  // namespace spillway::backtest::tuning_test
