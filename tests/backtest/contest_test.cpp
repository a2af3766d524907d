#include "controller/backtest/contest.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "policies/baseline/keda.hpp"
#include "tests/backtest/traces.hpp"

namespace spillway::backtest::contest_test {
namespace {

using std::chrono::seconds;

Contender keda(double target) {
  return {.name = "keda", .build = [target](const Load&) {
            return alone(std::make_unique<Keda>(KedaSettings{.target_utilization = target}),
                         World{});
          }};
}

Contest small_contest() {
  Contest contest{.seeds = 3};
  contest.loads.push_back(*prepare(trace_of({5.0, 40.0, 10.0, 60.0, 5.0}, seconds{300}), World{}));
  contest.loads.push_back(*prepare(trace_of({5.0, 5.0, 50.0, 60.0, 5.0}, seconds{60}), World{}));
  contest.contenders = {keda(0.5), keda(0.9)};
  return contest;
}

TEST_CASE("a score holds costs, lateness and both against the optimum") {
  Outcome outcome{.total_requests = 1e7, .late_requests = 5e4, .burst_cost_usd = 4.2};
  outcome.seconds = 86'400;
  outcome.creates = 12;
  const Score found{score(std::vector{outcome}, {.covering_usd = 2.0, .priced_usd = 2.0}, {})};
  CHECK(found.late_share == doctest::Approx(0.005));
  CHECK(*found.ratio() == doctest::Approx(2.1));
  CHECK(*found.j30() == doctest::Approx((4.2 + 30.0 * 1.65e-6 * 5e4) / 2.0));
  CHECK(found.creates_per_day() == doctest::Approx(12.0));
}

TEST_CASE("a score is the mean over seeds") {
  Outcome dear{.total_requests = 100.0, .late_requests = 10.0, .burst_cost_usd = 3.0};
  Outcome cheap{.total_requests = 100.0, .late_requests = 0.0, .burst_cost_usd = 1.0};
  const Score found{score(std::vector{dear, cheap}, {.covering_usd = 1.0, .priced_usd = 1.0}, {})};
  CHECK(*found.ratio() == doctest::Approx(2.0));
  CHECK(found.late_share == doctest::Approx(0.05));
}

TEST_CASE("where the optimum is free, paying nothing is perfect and paying has no ratio") {
  Score score{};
  CHECK(score.ratio() == 1.0);
  score.burst_cost_usd = 1.0;
  CHECK_FALSE(score.ratio().has_value());
}

TEST_CASE("a summary has the mean and median lateness and geometric means of factors") {
  const std::vector<Score> scores{
      {.late_share = 0.0, .burst_cost_usd = 2.0, .optimum_cost_usd = 1.0, .days = 1.0},
      {.late_share = 0.01, .burst_cost_usd = 8.0, .optimum_cost_usd = 1.0, .days = 1.0},
      {.late_share = 0.2, .burst_cost_usd = 1.0, .days = 1.0}};
  const Summary found{summarize(scores)};
  CHECK(found.late_share_mean == doctest::Approx(0.07));
  CHECK(found.late_share_median == doctest::Approx(0.01));
  CHECK(*found.ratio == doctest::Approx(4.0));
  CHECK(found.within_1_percent == 2);
  CHECK(found.loads == 3);
  CHECK(found.ratio_loads == 2);  // of the third the optimum is free
}

TEST_CASE("a load on which nothing was spent does not make 0 of the mean factor") {
  const std::vector<Score> scores{{.late_share = 1.0,
                                   .optimum_cost_usd = 1.0,
                                   .objective_usd = 8.0,
                                   .optimum_objective_usd = 1.0,
                                   .days = 1.0},
                                  {.burst_cost_usd = 2.0,
                                   .optimum_cost_usd = 1.0,
                                   .objective_usd = 2.0,
                                   .optimum_objective_usd = 1.0,
                                   .days = 1.0}};
  const Summary found{summarize(scores)};
  CHECK(*found.ratio == doctest::Approx(2.0));
  CHECK(found.ratio_loads == 1);
  CHECK(*found.j30 == doctest::Approx(4.0));
  CHECK(found.j30_loads == 2);
  CHECK_FALSE(summarize(std::span{scores}.first(1)).ratio.has_value());
}

TEST_CASE("a contest gives the same on one core as on many") {
  Contest contest{small_contest()};
  contest.threads = 1;
  const ContestResult one{hold(contest)};
  contest.threads = 4;
  std::size_t told{0};
  const ContestResult many{hold(contest, [&](std::size_t done, std::size_t all) {
    CHECK(done == ++told);
    CHECK(all == 2 + 2 * 2 * 3);
  })};
  CHECK(told == 14);
  REQUIRE(one.scores.size() == 2);
  for (std::size_t c{0}; c < 2; ++c) {
    for (std::size_t l{0}; l < 2; ++l) {
      CHECK(one.scores[c][l].burst_cost_usd == many.scores[c][l].burst_cost_usd);
      CHECK(one.scores[c][l].late_share == many.scores[c][l].late_share);
    }
  }
  // More head room is dearer and less late.
  CHECK(one.scores[0][0].burst_cost_usd > one.scores[1][0].burst_cost_usd);
  CHECK(one.scores[0][0].late_share <= one.scores[1][0].late_share);
}

TEST_CASE("a policy that cannot be built ends the contest with its reason") {
  Contest contest{small_contest()};
  contest.contenders.push_back({.name = "broken", .build = [](const Load&) -> DecisionPolicy {
                                  throw std::runtime_error{"no such file"};
                                }});
  CHECK_THROWS_WITH(hold(contest), "no such file");
}

}  // namespace
}  // namespace spillway::backtest::contest_test
