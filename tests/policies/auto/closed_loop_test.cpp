// The default policy beside a service that it knows nothing of, and its own decisions.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/policies/auto/fluid_service.hpp"

namespace spillway::auto_closed_loop_test {
namespace {

using testing::play;
using Outcome = testing::FluidOutcome;
using Service = testing::FluidService;

double waves(double at_s) {
  return 150.0 + 80.0 * std::sin(at_s / 7'200.0 * 6.2832);
}

TEST_CASE("a service that is late long before the queueing model says so gets what it needs") {
  const Service service{.late_above = 0.85};
  const Outcome outcome{play({}, service, 6.0 * 3'600.0, [](double) { return 300.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.late_share_second_half <= 0.01);
  CHECK(outcome.last >= 36);
  CHECK(outcome.most <= 75);  // at first: 300 req/s meet 8 replicas, and a backlog
}

TEST_CASE("a service that is slow whatever runs does not buy without end") {
  const Service service{.is_slow_anyway = true};
  const Outcome outcome{play({}, service, 6.0 * 3'600.0, [](double) { return 150.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.most <=
        80);  // 17 would do; four times the rent for minutes, to see whether it helps
  CHECK(outcome.last <= 36);
}

TEST_CASE("lateness alone that no replica cures does not buy without end") {
  const Service service{.tells_utilization = false, .is_slow_anyway = true};
  const Outcome outcome{play({}, service, 6.0 * 3'600.0, [](double) { return 60.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.most <= 80);
}

TEST_CASE("a queue that counts what is in service buys no fleet") {
  const Service service{.counts_in_service = true};
  const Outcome outcome{play({}, service, 4.0 * 3'600.0, [](double) { return 150.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.late_share_second_half == 0.0);
  CHECK(outcome.last <= 20);
  CHECK(outcome.most <= 45);  // at first: 150 req/s meet 8 replicas, and a backlog
}

TEST_CASE("without a base the first request starts a replica, and the load is served") {
  for (const bool tells_utilization : {true, false}) {
    CAPTURE(tells_utilization);
    const Service service{.base = 0, .tells_utilization = tells_utilization};
    const Outcome outcome{
        play({}, service, 4.0 * 3'600.0, [](double at_s) { return at_s < 600.0 ? 0.0 : 100.0; })};
    CAPTURE(outcome.words);
    CHECK(outcome.last >= 11);
    CHECK(outcome.last <= 20);
    CHECK(outcome.late_share_second_half <= 0.015);
  }
}

TEST_CASE("hours of idling teach no service rate that a busy day would have to pay for") {
  const Service service{.idle_work = 0.02};
  const Outcome outcome{play({}, service, 8.0 * 3'600.0,
                             [](double at_s) { return at_s < 4.0 * 3'600.0 ? 0.005 : 40.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.most <= 20);
  CHECK(outcome.last == 8);
}

TEST_CASE("lateness alone is enough to keep the promise") {
  const Service service{.tells_utilization = false};
  const Outcome outcome{play({}, service, 12.0 * 3'600.0, waves)};
  CAPTURE(outcome.words);
  CHECK(outcome.late_share_second_half <= 0.015);
  CHECK(outcome.most <= 45);
}

TEST_CASE("replicas that become slower are noticed within minutes, and the fleet does not flap") {
  for (const double period_s : {5.0, 15.0, 60.0}) {
    for (const double slower_by : {1.5, 2.0, 3.0}) {
      for (const int told : {0, 1, 2}) {
        CAPTURE(period_s);
        CAPTURE(slower_by);
        CAPTURE(told);
        const Service service{.late_above = 0.88,
                              .period_s = period_s,
                              .tells_late = told >= 1,
                              .tells_queue = told == 2,
                              .slower_by = slower_by};
        const Outcome outcome{play({}, service, 4.0 * 3'600.0, [](double) { return 60.0; })};
        CAPTURE(outcome.words);
        const double needed{6.0 * slower_by};
        CHECK(outcome.late_minutes_second_half <= 8.0);
        CHECK(outcome.last >= needed);
        CHECK(outcome.last <= 1.3 * needed + 2.0);
        CHECK(outcome.most <= 45);
        CHECK(outcome.creates <= 60);
      }
    }
  }
}

TEST_CASE("a utilization that is wrong at first does not cost the first burst") {
  for (const int told : {0, 1, 2}) {
    CAPTURE(told);
    const Service service{
        .tells_late = told >= 1, .tells_queue = told == 2, .wrong_until_s = 300.0};
    const Outcome outcome{
        play({}, service, 2.0 * 3'600.0, [](double at_s) { return at_s < 900.0 ? 60.0 : 200.0; })};
    CAPTURE(outcome.words);
    CHECK(outcome.late_minutes <= 5.0);
    CHECK(outcome.most <= 55);  // a backlog first
    CHECK(outcome.last <= 26);
  }
}

TEST_CASE("a service that is full at 30 % of its processors gets what it needs") {
  for (const double full : {0.3, 0.4}) {
    for (const bool tells_queue : {true, false}) {
      CAPTURE(full);
      CAPTURE(tells_queue);
      const Service service{.late_above = 0.88, .busy_when_full = full, .tells_queue = tells_queue};
      const Outcome outcome{play({}, service, 4.0 * 3'600.0,
                                 [](double at_s) { return at_s < 1'800.0 ? 60.0 : 200.0; })};
      CAPTURE(outcome.words);
      CHECK(outcome.late_minutes <= 10.0);
      CHECK(outcome.late_minutes_second_half <= 3.0);
      CHECK(outcome.most <= 45);
      CHECK(outcome.last <= 28);
    }
  }
}

TEST_CASE("a load that one scrape got wrong is paid for once, and forgotten") {
  const Outcome usual{play({}, {}, 6.0 * 3'600.0, waves)};
  const Outcome outcome{play({}, {.glitch_at_s = 7'200.0}, 6.0 * 3'600.0, waves)};
  CAPTURE(outcome.words);
  CHECK(outcome.late_share_second_half <= usual.late_share_second_half);
  CHECK(outcome.creates <= usual.creates + 120);  // it cannot be told from a jump at once
  CHECK(outcome.most <= 110);
  CHECK(outcome.last == usual.last);
}

TEST_CASE("with a stated capacity the load after an idle night is believed at once") {
  const AutoSettings stated{.replica_capacity_rps = 10.0};
  const Service service{.tells_utilization = false, .tells_late = false, .tells_queue = false};
  const Outcome outcome{play(stated, service, 2.0 * 3'600.0,
                             [](double at_s) { return at_s < 3'600.0 ? 0.005 : 150.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.late_minutes <= 1.5);
  CHECK(outcome.last >= 16);
}

TEST_CASE("a queue that grows is enough to learn from") {
  const Service service{.tells_utilization = false, .tells_late = false};
  const Outcome outcome{play({}, service, 4.0 * 3'600.0, [](double) { return 200.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.late_minutes <= 8.0);
  CHECK(outcome.late_minutes_second_half == 0.0);
  CHECK(outcome.most <= 50);
  CHECK(outcome.last <= 26);
}

TEST_CASE("with load and queue alone a queue that is full said nothing, and a calm one too much") {
  const Service service{.tells_utilization = false, .tells_late = false};
  const Outcome full{play({}, service, 4.0 * 3'600.0, [](double) { return 300.0; })};
  CAPTURE(full.words);
  CHECK(full.late_minutes <= 4.0);  // was late for ever
  CHECK(full.last <= 40);
  const Outcome day{play({}, service, 24.0 * 3'600.0, [](double at_s) {
    return waves(at_s) * (1.0 + 0.03 * std::sin(1.7 * at_s));
  })};
  CAPTURE(day.words);
  CHECK(day.late_share <= 0.04);  // was 0.4
  CHECK(day.late_minutes_second_half <= 5.0);
}

TEST_CASE("the promise is kept at every loop period, on waves that it has not seen before") {
  for (const double period_s : {1.0, 5.0, 15.0, 60.0}) {
    CAPTURE(period_s);
    const double hours{period_s < 15.0 ? 1.0 : 6.0};
    const Outcome outcome{play({}, {.period_s = period_s}, hours * 3'600.0, waves)};
    CAPTURE(outcome.words);
    CHECK(outcome.late_share <= 0.02);
    CHECK(outcome.late_minutes <= (period_s < 60.0 ? 1.0 : 2.0));  // the start is full
    CHECK(outcome.most <= 50);  // for its backlog; the peak of 230 req/s needs 24
  }
}

TEST_CASE("after calm hours a step is no noise: what is seen is held") {
  const auto step{[](double at_s) {
    const double noise{std::sin(at_s * 1.7) + std::sin(at_s * 0.37)};  // of no cycle
    return at_s < 7'200.0 ? 60.0 + 3.0 * noise : 150.0 + 6.0 * noise;
  }};
  for (const bool tells_all : {true, false}) {
    CAPTURE(tells_all);
    const Service service{.tells_late = tells_all, .tells_queue = tells_all};
    const Outcome outcome{play({}, service, 9'000.0, step)};
    CAPTURE(outcome.words);
    CHECK(outcome.late_minutes <= (tells_all ? 1.5 : 2.0));
    CHECK(outcome.last >= 16);
  }
}

TEST_CASE("busy with something else and nobody waiting, a fleet does not buy up to its limit") {
  const Service service{.idle_work = 1.0};
  const Outcome outcome{play({}, service, 4.0 * 3'600.0, [](double) { return 60.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.late_minutes == 0.0);
  CHECK(outcome.most <= 16);
  CHECK(outcome.last <= 12);
}

TEST_CASE("replicas that are full at a tenth of their processors are not given up") {
  for (const double busy_when_full : {0.1, 0.2}) {
    CAPTURE(busy_when_full);
    const Service service{.busy_when_full = busy_when_full};
    const Outcome outcome{play({}, service, 4.0 * 3'600.0,
                               [](double at_s) { return at_s < 7'200.0 ? 60.0 : 150.0; })};
    CAPTURE(outcome.words);
    CHECK(outcome.late_minutes <= 8.0);
    CHECK(outcome.last >= 15);
    CHECK(outcome.most <= 40);
  }
}

TEST_CASE("processors that are busy without requests buy no fleet while the load is low") {
  for (const double idle_work : {0.06, 0.1, 0.2}) {
    CAPTURE(idle_work);
    const Service service{.base = 4, .idle_work = idle_work};
    const Outcome outcome{play({}, service, 6.0 * 3'600.0, [](double at_s) {
      const bool is_quiet{std::fmod(at_s, 5'400.0) > 3'600.0};
      return is_quiet ? 0.5 : 25.0;
    })};
    CAPTURE(outcome.words);
    CHECK(outcome.late_share < 0.02);
    CHECK(outcome.most <= 12);
  }
}

TEST_CASE("one reading of zero deletes no fleet, and one of ten times the load buys none") {
  for (const double wrong : {0.0, 3'800.0}) {
    CAPTURE(wrong);
    const AutoPolicy policy{{}};
    History past{};
    int burst{40};
    const auto decided{[&](double at_s, double load) {
      Snapshot now{.taken_at = TimePoint{duration_of_seconds(at_s)}, .workload = "web"};
      now.readings.set("load", Reading::fresh(load, now.taken_at));
      now.readings.set("utilization", Reading::fresh(0.864, now.taken_at));
      now.readings.set("late", Reading::fresh(0.0, now.taken_at));
      now.fleet.base = BasePool{.ready = {4}, .desired = {4}};
      Group group{.id = {}, .phase = GroupPhase::serving};
      group.size.replicas = {burst};
      now.fleet.burst.emplace().push_back(group);
      Recommendation asked{policy.recommend(now, past)};
      past.memories["auto"] = std::move(asked.memory);
      return asked.floor.value_or(Replicas{}).count;
    }};
    for (int tick{0}; tick < 240; ++tick) decided(15.0 * tick, 380.0);
    const int glitch{decided(3'600.0, wrong)};
    CHECK(glitch >= 36);
    CHECK(glitch <= 70);
  }
}

}  // namespace
}  // namespace spillway::auto_closed_loop_test
