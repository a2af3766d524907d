#include "controller/backtest/timeline.hpp"

#include <doctest/doctest.h>

namespace spillway::backtest::timeline_test {
namespace {

Interval interval(int index, double load_rps, int burst) {
  return {.begin_s = index * 15,
          .load_rps = load_rps,
          .need = 5 + index,
          .base = 4,
          .burst_ready = burst,
          .late_requests = 1.0,
          .burst_cost_usd = 0.5};
}

TEST_CASE("a long run becomes few stretches, whose sums are those of the run") {
  Timeline timeline{10, 15.0, 4};
  for (int i{0}; i < 10; ++i) timeline.add(interval(i, 10.0 * i, i), {});
  const auto stretches{std::move(timeline).finish()};
  REQUIRE(stretches.size() == 4);
  CHECK(stretches[0].intervals == 3);
  CHECK(stretches[3].intervals == 1);
  CHECK(stretches[1].begin_s == 45);
  CHECK(stretches[1].load_rps == doctest::Approx(40.0));
  CHECK(stretches[1].load_max_rps == 50.0);
  CHECK(stretches[1].need_max == 10);
  CHECK(stretches[1].burst == doctest::Approx(4.0));
  CHECK(stretches[1].requests == doctest::Approx(15.0 * 120.0));
  double cost{0.0};
  double late{0.0};
  for (const Stretch& each : stretches) {
    cost += each.cost_usd;
    late += each.late_requests;
  }
  CHECK(cost == doctest::Approx(5.0));
  CHECK(late == doctest::Approx(10.0));
}

TEST_CASE("a stretch tells the last decision that changed something") {
  Timeline timeline{3, 15.0, 3};
  Decision decision{.desired = {5}, .because = Because::load_over_target};
  decision.recommendations.push_back({.policy = "p", .words = "50 req/s need 5"});
  timeline.add(interval(0, 50.0, 1), decision);
  timeline.add(interval(1, 50.0, 1), decision);
  decision.desired = {6};
  decision.because = Because::load_under_target;
  timeline.add(interval(2, 60.0, 2), decision);
  const auto stretches{std::move(timeline).finish()};
  CHECK(stretches[0].words.starts_with("LoadOverTarget: desired 5"));
  CHECK(stretches[0].words.ends_with("50 req/s need 5"));
  CHECK(stretches[1].words.empty());
  CHECK(stretches[2].words.starts_with("LoadUnderTarget: desired 6"));
}

}  // namespace
}  // namespace spillway::backtest::timeline_test
