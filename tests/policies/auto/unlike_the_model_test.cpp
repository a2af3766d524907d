// Services that are not what the queueing model and the utilization say: full at half of their
// processors, late at 70 %, slower since a release, full at the first look, or beside a database in
// trouble.
#include <doctest/doctest.h>

#include <cmath>

#include "policies/latency/auto/archive.hpp"
#include "policies/latency/auto/lateness_ceiling.hpp"
#include "policies/latency/auto/model_doubt.hpp"
#include "policies/latency/auto/service_rate.hpp"
#include "tests/policies/auto/fluid_service.hpp"

namespace spillway::unlike_the_model_test {
namespace {

using autopilot::CeilingSample;
using autopilot::DoubtSample;
using autopilot::LatenessCeiling;
using autopilot::ModelDoubt;
using autopilot::ServiceRate;
using autopilot::ServiceSample;
using testing::play;
using Outcome = testing::FluidOutcome;
using Service = testing::FluidService;

constexpr double hour_s{3'600.0};

TEST_CASE("a service full at 50 to 80 % of its processors was late for half an hour") {
  for (const double busy_when_full : {0.5, 0.55, 0.6, 0.7, 0.8}) {
    for (const double load : {150.0, 300.0}) {
      CAPTURE(busy_when_full);
      CAPTURE(load);
      const Service service{.busy_when_full = busy_when_full};
      const Outcome outcome{play({}, service, 6.0 * hour_s, [load](double at_s) {
        return at_s < 2.0 * hour_s ? 60.0 : load;
      })};
      CAPTURE(outcome.words);
      CHECK(outcome.late_minutes <= 4.0);
      CHECK(outcome.late_minutes_second_half == 0.0);
      CHECK(outcome.most <= load / 10.0 * 2.1);
      CHECK(outcome.last <= load / 10.0 * 1.25);
    }
  }
}

TEST_CASE("what the model did not expect was forgotten and came back every twenty minutes") {
  for (const double late_above : {0.85, 0.7}) {
    CAPTURE(late_above);
    const Service service{.late_above = late_above};
    const Outcome outcome{play({}, service, 36.0 * hour_s, [](double) { return 300.0; })};
    CAPTURE(outcome.words);
    CHECK(outcome.late_minutes_second_half <= 7.0);  // of 18 h; were 14 and 30
    CHECK(outcome.last <= 30.0 / late_above * 1.15);
  }
}

TEST_CASE("replicas that complete half of what they did, and a queue that says so") {
  for (const bool tells_late : {true, false}) {
    CAPTURE(tells_late);
    const Service service{.tells_late = tells_late, .slower_by = 2.0};
    const Outcome outcome{play({}, service, 8.0 * hour_s, [](double) { return 60.0; })};
    CAPTURE(outcome.words);
    CHECK(outcome.late_minutes <= 3.0);  // were 5.3 and 6
    CHECK(outcome.creates <= 40);        // were 50 and 54
  }
}

TEST_CASE("a first overload of a full cluster took eight steps to learn the rate") {
  for (const double period_s : {1.0, 5.0, 15.0}) {
    CAPTURE(period_s);
    const Outcome outcome{play({}, {.period_s = period_s}, hour_s, [](double) { return 230.0; })};
    CAPTURE(outcome.words);
    CHECK(outcome.late_minutes <= 1.5);  // were 2.1 to 2.3
    CHECK(outcome.last <= 27);
  }
}

TEST_CASE("a database in trouble for ten minutes leaves no larger fleet on the next day") {
  for (const double trouble_s : {300.0, 600.0, 1'800.0}) {
    CAPTURE(trouble_s);
    const auto load{[](double at_s) { return 150.0 * (1.0 + 0.03 * std::sin(1.7 * at_s)); }};
    const Outcome usual{play({}, {}, 30.0 * hour_s, load)};
    const double from_s{2.0 * hour_s};
    const Service service{.slow_from_s = from_s, .slow_until_s = from_s + trouble_s};
    const Outcome outcome{play({}, service, 30.0 * hour_s, load)};
    CAPTURE(outcome.words);
    CHECK(outcome.replica_hours <= 1.2 * usual.replica_hours);
    CHECK(outcome.last <= usual.last + 1);
  }
}

TEST_CASE("a fleet that ended an overload is kept until a steady window tells its rate") {
  ServiceRate service{};
  const auto seen{[&service](double serving, double utilization, double late) {
    service.learn({.load = 300.0, .utilization = utilization, .late = late, .serving = serving});
  }};
  CHECK(!service.is_doubted());
  for (int tick{0}; tick < 4; ++tick) seen(8.0, 1.0, 1.0);
  CHECK(service.is_doubted());
  seen(40.0, 0.75, 0.0);  // who served that window, nobody knows
  CHECK(service.is_doubted());
  for (int tick{0}; tick < 3; ++tick) seen(40.0, 0.75, 0.0);
  CHECK(!service.is_doubted());
  CHECK(*service.get() == doctest::Approx(10.0).epsilon(0.02));
}

TEST_CASE("a rate is not doubted for ever where no window tells") {
  ServiceRate service{};
  for (int tick{0}; tick < 4; ++tick) {
    service.learn({.load = 300.0, .utilization = 1.0, .late = 1.0, .serving = 8.0});
  }
  int ticks{0};
  for (; service.is_doubted() && ticks < 100; ++ticks) {
    service.learn({.load = 0.0, .utilization = 0.0, .late = 0.0, .serving = 8.0});
  }
  CHECK(ticks == 20);  // 5 min
}

TEST_CASE("a queue that grows tells of the service rate only where the load is not what grows") {
  const auto after{[](double first, double second) {
    ServiceRate service{};
    for (int tick{0}; tick < 40; ++tick) {
      service.learn(
          {.load = 150.0, .utilization = 0.5, .late = 0.0, .queue = 0.0, .serving = 30.0});
    }
    REQUIRE(*service.get() == doctest::Approx(10.0));
    double queue{0.0};
    for (const double load : {first, second}) {
      queue += 1'000.0;
      service.learn(
          {.load = load, .utilization = 1.0, .late = 1.0, .queue = queue, .serving = 30.0});
    }
    return *service.get();
  }};
  CHECK(after(300.0, 600.0) == doctest::Approx(10.0).epsilon(0.05));
  // 67 of the 150 in a second are not completed.
  CHECK(after(150.0, 150.0) == doctest::Approx((150.0 - 1'000.0 / 15.0) / 30.0).epsilon(0.01));
}

TEST_CASE("lateness that comes back at the same doubt is remembered, one long trouble is not") {
  const auto learn{[](ModelDoubt& doubt, double late, double seconds) {
    for (double at_s{0.0}; at_s < seconds; at_s += 15.0) {
      doubt.learn({.late = late,
                   .allowed_late = 0.01,
                   .load = 90.0,
                   .held = 100.0,
                   .utilization = 0.7,
                   .elapsed_s = 15.0});
    }
  }};
  ModelDoubt once{};
  learn(once, 0.0, hour_s);
  learn(once, 1.0, 600.0);
  CHECK(once.factor() == doctest::Approx(2.0));
  learn(once, 0.0, 24.0 * hour_s);
  CHECK(once.factor() < 1.03);

  ModelDoubt again{};
  learn(again, 0.0, hour_s);
  for (int time{0}; time < 8; ++time) {  // late again whenever half of it is forgotten
    learn(again, 1.0, 120.0);
    learn(again, 0.0, 4.0 * hour_s);
  }
  const double remembered{again.factor()};
  CHECK(remembered > 1.15);
  learn(again, 0.0, 24.0 * hour_s);
  CHECK(again.factor() > 1.0 + 0.7 * (remembered - 1.0));
  learn(again, 0.0, 30.0 * 24.0 * hour_s);
  CHECK(again.factor() < 1.03);
}

TEST_CASE("the ceiling takes what a busy fleet completes, a full fleet and a jump are left alone") {
  const CeilingSample late{.late = 1.0,
                           .utilization = 0.6,
                           .load = 90.0,
                           .serving = 8.0,
                           .rate = 16.6,
                           .full = 7.0,
                           .is_steady = true};
  const auto after{[](CeilingSample sample, int samples) {
    LatenessCeiling ceiling{};
    for (int tick{0}; tick < samples; ++tick) ceiling.learn(sample);
    return ceiling.bound(16.6);
  }};
  CHECK(after(late, 3) == 16.6);
  CHECK(after(late, 4) == doctest::Approx(0.95 * 0.6 * 16.6));
  CeilingSample full{late};
  full.utilization = 1.0;
  CHECK(after(full, 10) == 16.6);
  CeilingSample jump{late};
  jump.load = 200.0;
  CHECK(after(jump, 10) == 16.6);
  CeilingSample on_time{late};
  on_time.late = 0.0;
  CHECK(after(on_time, 10) == 16.6);
}

}  // namespace
}  // namespace spillway::unlike_the_model_test
