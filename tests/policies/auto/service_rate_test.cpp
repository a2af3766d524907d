// What the default policy learns of how fast a replica serves, and what must not mislead it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "policies/latency/auto/service_rate.hpp"

namespace spillway::autopilot::service_rate_test {
namespace {

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
  CHECK(*service.get() >= 23.5);  // half of 50, less the luck of a count
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

TEST_CASE("a fleet larger than its load calls for was taken for a proof of faster replicas") {
  ServiceRate service{};
  const auto seen{[&service](double load, double late, double serving) {
    service.learn({.load = load, .late = late, .serving = serving});
  }};
  for (int tick{0}; tick < 40; ++tick) seen(190.0, tick < 20 ? 1.0 : 0.0, tick < 20 ? 20.0 : 24.0);
  const double learned{*service.get()};
  for (int tick{0}; tick < 5'760; ++tick) seen(80.0, 0.0, 24.0);  // a day
  CHECK(*service.get() == doctest::Approx(learned).epsilon(0.01));
}

TEST_CASE("the highest of some noisy counts was taken for what a replica can do") {
  ServiceRate service{};
  for (int tick{0}; tick < 40; ++tick) {
    const double counted{tick == 20 ? 92.0 : 80.0};
    service.learn({.load = counted, .late = tick == 0 ? 1.0 : 0.0, .serving = 10.0});
  }
  CHECK(*service.get() < 8.8);  // was 9.2
  CHECK(*service.get() > 7.5);
}

TEST_CASE("where lateness came back, the rate does not go again for days") {
  ServiceRate service{};
  int late{0};
  for (int tick{0}; tick < 3 * 5'760; ++tick) {
    // As many as it asks for; all are late where a replica has more than 9 req/s.
    const double serving{tick == 0 ? 8.0 : std::ceil(100.0 / *service.get() + 1.0)};
    const bool is_late{100.0 / serving > 9.0};
    if (tick > 5'760 && is_late) ++late;
    service.learn({.load = 100.0, .late = is_late ? 1.0 : 0.0, .serving = serving});
  }
  CHECK(late <= 8);  // of 11520 windows
}

TEST_CASE("what a queue never falls below is in service, and what it is beyond that waits") {
  const auto after{[](double queue_then) {
    ServiceRate service{};
    for (int tick{0}; tick < 100; ++tick) {  // 40 in service for half a second each
      service.learn({.load = 80.0, .queue = 40.0, .serving = 8.0});
    }
    for (int tick{0}; tick < 20; ++tick) {
      service.learn({.load = 80.0, .queue = queue_then, .serving = 8.0});
    }
    return service.get();
  }};
  CHECK(!after(40.0));  // on time: no reason to buy anything
  CHECK(!after(60.0));  // a quarter of a second: the objective allows some of it
  REQUIRE(after(160.0));
  CHECK(*after(160.0) < 10.5);  // late at 10 each
}

}  // namespace
}  // namespace spillway::autopilot::service_rate_test
