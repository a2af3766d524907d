// The default policy beside a service that it knows nothing of: what it decides comes true after a
// start, what comes of it is what it sees next. The service is a fluid one, and less kind than the
// queueing model where a case says so.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "policies/latency/auto/auto_policy.hpp"

namespace spillway::auto_closed_loop_test {
namespace {

using namespace std::chrono_literals;

struct Service {
  int base{8};
  double rate{10.0};        ///< req/s that one replica completes
  double late_above{0.97};  ///< utilization beyond which everybody waits too long
  double idle_work{0.0};    ///< utilization without any request
  double period_s{15.0};
  double start_s{30.0};
  bool tells_utilization{true};
  bool counts_in_service{false};  ///< in the queue
  bool is_slow_anyway{false};     ///< late whatever runs
  double busy_when_full{1.0};     ///< utilization of a replica that completes all it can
  bool tells_late{true};
  bool tells_queue{true};
  double slower_by{1.0};      ///< after the half of the time, as a new release may be
  double glitch_at_s{-1.0};   ///< when a load of 1e9 is told
  double wrong_until_s{0.0};  ///< utilization is told as 6 % until then
};

struct Window {
  double load{0.0};
  double utilization{0.0};
  double late{0.0};
  double queue{0.0};
};

struct Outcome {
  double late_share{0.0};
  double late_share_second_half{0.0};
  double late_minutes{0.0};  ///< all of them, and of the second half:
  double late_minutes_second_half{0.0};
  int creates{0};
  int most{0};  ///< replicas, base included
  int last{0};
  std::string words{};
};

Outcome run(const AutoSettings& settings, const Service& service, double until_s,
            const std::function<double(double)>& load_of) {
  const AutoPolicy policy{settings};
  History past{};
  Outcome outcome{};
  int ready{0};
  std::deque<double> starting{};  // when each will be ready
  double backlog{0.0};
  Window newest{};
  double late{0.0};
  double late_later{0.0};
  double all{0.0};
  double all_later{0.0};
  for (double at_s{0.0}; at_s < until_s; at_s += service.period_s) {
    while (!starting.empty() && starting.front() <= at_s) {
      ++ready;
      starting.pop_front();
    }
    const double load{load_of(at_s)};
    const bool is_slower{at_s >= until_s / 2.0};
    const double rate{service.rate / (is_slower ? service.slower_by : 1.0)};
    const double capacity{rate * (service.base + ready)};
    const double done{std::min(load + backlog / service.period_s, capacity)};
    backlog = std::clamp(backlog + (load - done) * service.period_s, 0.0, 10.0 * capacity);
    const bool is_late{service.is_slow_anyway || load > service.late_above * capacity ||
                       backlog > 0.05 * capacity};
    const double requests{load * service.period_s};
    late += is_late ? requests : 0.0;
    if (is_late) outcome.late_minutes += service.period_s / 60.0;
    if (is_late && is_slower) outcome.late_minutes_second_half += service.period_s / 60.0;
    all += requests;
    if (at_s >= until_s / 2.0) {
      late_later += is_late ? requests : 0.0;
      all_later += requests;
    }
    Snapshot now{.taken_at = TimePoint{duration_of_seconds(at_s + service.period_s)},
                 .workload = "web"};
    const double busy{capacity > 0.0 ? service.busy_when_full * done / capacity : 0.0};
    const double utilization{at_s < service.wrong_until_s ? 0.06
                             : capacity > 0.0             ? std::min(1.0, service.idle_work + busy)
                                                          : 0.0};
    const Window window{.load = at_s == service.glitch_at_s ? 1e9 : load,
                        .utilization = utilization,
                        .late = is_late && load > 0.0 ? 1.0 : 0.0,
                        .queue = backlog + (service.counts_in_service ? done / rate : 0.0)};
    // Metrics are a window old when they are seen.
    const Window seen{std::exchange(newest, window)};
    now.readings.set("load", Reading::fresh(seen.load, now.taken_at));
    if (service.tells_utilization) {
      now.readings.set("utilization", Reading::fresh(seen.utilization, now.taken_at));
    }
    if (service.tells_late) now.readings.set("late", Reading::fresh(seen.late, now.taken_at));
    if (service.tells_queue) now.readings.set("queue", Reading::fresh(seen.queue, now.taken_at));
    now.fleet.base = BasePool{.ready = {service.base}, .desired = {service.base}};
    now.fleet.burst.emplace();
    const auto add{[&now](int replicas, GroupPhase phase) {
      if (replicas == 0) return;
      Group group{.id = {}, .phase = phase};
      group.size.replicas = {replicas};
      now.fleet.burst->push_back(group);
    }};
    add(ready, GroupPhase::serving);
    add(static_cast<int>(starting.size()), GroupPhase::starting);
    Recommendation asked{policy.recommend(now, past)};
    if (asked.floor) {
      const int wanted{std::max(0, asked.floor->count - service.base)};
      while (ready + static_cast<int>(starting.size()) < wanted) {
        starting.push_back(at_s + service.start_s);
        ++outcome.creates;
      }
      while (ready + static_cast<int>(starting.size()) > wanted && !asked.is_hold) {
        if (starting.empty()) {
          --ready;
        } else {
          starting.pop_back();
        }
      }
    }
    outcome.words = asked.words;
    outcome.last = service.base + ready + static_cast<int>(starting.size());
    outcome.most = std::max(outcome.most, outcome.last);
    past.memories["auto"] = std::move(asked.memory);
  }
  outcome.late_share = all > 0.0 ? late / all : 0.0;
  outcome.late_share_second_half = all_later > 0.0 ? late_later / all_later : 0.0;
  return outcome;
}

double waves(double at_s) {
  return 150.0 + 80.0 * std::sin(at_s / 7'200.0 * 6.2832);
}

TEST_CASE("a service that is late long before the queueing model says so gets what it needs") {
  const Service service{.late_above = 0.85};
  const Outcome outcome{run({}, service, 6.0 * 3'600.0, [](double) { return 300.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.late_share_second_half <= 0.01);
  CHECK(outcome.last >= 36);
  CHECK(outcome.most <= 75);  // at first: 300 req/s meet 8 replicas, and a backlog
}

TEST_CASE("a service that is slow whatever runs does not buy without end") {
  const Service service{.is_slow_anyway = true};
  const Outcome outcome{run({}, service, 6.0 * 3'600.0, [](double) { return 150.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.most <=
        80);  // 17 would do; four times the rent for minutes, to see whether it helps
  CHECK(outcome.last <= 36);
}

TEST_CASE("lateness alone that no replica cures does not buy without end") {
  const Service service{.tells_utilization = false, .is_slow_anyway = true};
  const Outcome outcome{run({}, service, 6.0 * 3'600.0, [](double) { return 60.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.most <= 80);
}

TEST_CASE("a queue that counts what is in service buys no fleet") {
  const Service service{.counts_in_service = true};
  const Outcome outcome{run({}, service, 4.0 * 3'600.0, [](double) { return 150.0; })};
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
        run({}, service, 4.0 * 3'600.0, [](double at_s) { return at_s < 600.0 ? 0.0 : 100.0; })};
    CAPTURE(outcome.words);
    CHECK(outcome.last >= 11);
    CHECK(outcome.last <= 20);
    CHECK(outcome.late_share_second_half <= 0.015);
  }
}

TEST_CASE("hours of idling teach no service rate that a busy day would have to pay for") {
  const Service service{.idle_work = 0.02};
  const Outcome outcome{run({}, service, 8.0 * 3'600.0,
                            [](double at_s) { return at_s < 4.0 * 3'600.0 ? 0.005 : 40.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.most <= 20);
  CHECK(outcome.last == 8);
}

TEST_CASE("lateness alone is enough to keep the promise") {
  const Service service{.tells_utilization = false};
  const Outcome outcome{run({}, service, 12.0 * 3'600.0, waves)};
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
        const Outcome outcome{run({}, service, 4.0 * 3'600.0, [](double) { return 60.0; })};
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
        run({}, service, 2.0 * 3'600.0, [](double at_s) { return at_s < 900.0 ? 60.0 : 200.0; })};
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
      const Outcome outcome{run({}, service, 4.0 * 3'600.0,
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
  const Outcome usual{run({}, {}, 6.0 * 3'600.0, waves)};
  const Outcome outcome{run({}, {.glitch_at_s = 7'200.0}, 6.0 * 3'600.0, waves)};
  CAPTURE(outcome.words);
  CHECK(outcome.late_share_second_half <= usual.late_share_second_half);
  CHECK(outcome.creates <= usual.creates + 120);  // it cannot be told from a jump at once
  CHECK(outcome.most <= 110);
  CHECK(outcome.last == usual.last);
}

TEST_CASE("with a stated capacity the load after an idle night is believed at once") {
  const AutoSettings stated{.replica_capacity_rps = 10.0};
  const Service service{.tells_utilization = false, .tells_late = false, .tells_queue = false};
  const Outcome outcome{run(stated, service, 2.0 * 3'600.0,
                            [](double at_s) { return at_s < 3'600.0 ? 0.005 : 150.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.late_minutes <= 1.5);
  CHECK(outcome.last >= 16);
}

TEST_CASE("a queue that grows is enough to learn from") {
  const Service service{.tells_utilization = false, .tells_late = false};
  const Outcome outcome{run({}, service, 4.0 * 3'600.0, [](double) { return 200.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.late_minutes <= 8.0);
  CHECK(outcome.late_minutes_second_half == 0.0);
  CHECK(outcome.most <= 45);
  CHECK(outcome.last <= 26);
}

TEST_CASE("the promise is kept at every loop period, on waves that it has not seen before") {
  for (const double period_s : {1.0, 5.0, 15.0, 60.0}) {
    CAPTURE(period_s);
    const double hours{period_s < 15.0 ? 1.0 : 6.0};
    const Outcome outcome{run({}, {.period_s = period_s}, hours * 3'600.0, waves)};
    CAPTURE(outcome.words);
    CHECK(outcome.late_share <= 0.02);
    CHECK(outcome.most <= 40);  // the peak of 230 req/s needs 24
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
    const Outcome outcome{run({}, service, 9'000.0, step)};
    CAPTURE(outcome.words);
    CHECK(outcome.late_minutes <= (tells_all ? 1.5 : 2.0));
    CHECK(outcome.last >= 16);
  }
}

TEST_CASE("busy with something else and nobody waiting, a fleet does not buy up to its limit") {
  const Service service{.idle_work = 1.0};
  const Outcome outcome{run({}, service, 4.0 * 3'600.0, [](double) { return 60.0; })};
  CAPTURE(outcome.words);
  CHECK(outcome.late_minutes == 0.0);
  CHECK(outcome.most <= 16);
  CHECK(outcome.last <= 12);
}

TEST_CASE("replicas that are full at a tenth of their processors are not given up") {
  for (const double busy_when_full : {0.1, 0.2}) {
    CAPTURE(busy_when_full);
    const Service service{.busy_when_full = busy_when_full};
    const Outcome outcome{
        run({}, service, 4.0 * 3'600.0, [](double at_s) { return at_s < 7'200.0 ? 60.0 : 150.0; })};
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
    const Outcome outcome{run({}, service, 6.0 * 3'600.0, [](double at_s) {
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
