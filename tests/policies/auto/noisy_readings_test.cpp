// Readings as monitoring has them: counted, rounded, with work in them that no request asked for.
// The service rate that the default policy learns must not creep with them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "policies/latency/auto/drift_watch.hpp"
#include "policies/latency/auto/load_doubt.hpp"
#include "policies/latency/auto/service_rate.hpp"
#include "tests/support/gen.hpp"

namespace spillway::autopilot::noisy_readings_test {
namespace {

/// Even between 1 - `spread` and 1 + `spread`; the same at every run.
class Noise {
 public:
  explicit Noise(double spread) : spread_{spread} {}

  double next() { return gen_.real(1.0 - spread_, 1.0 + spread_); }

 private:
  testing::Gen gen_{1};
  double spread_;
};

constexpr double rate{10.0};
constexpr int hour{240};  // samples of 15 s

ServiceSample sample_of(double load, double serving, double utilization) {
  return {.load = load,
          .utilization = std::min(1.0, utilization),
          .late = 0.0,
          .queue = 0.0,
          .serving = serving};
}

/// An hour at half load.
ServiceRate settled() {
  ServiceRate service{};
  for (int tick{0}; tick < hour; ++tick) service.learn(sample_of(200.0, 40.0, 0.5));
  return service;
}

TEST_CASE("a busy fleet with noisy utilization is not taken for a faster one") {
  for (const double spread : {0.02, 0.1, 0.2}) {
    CAPTURE(spread);
    ServiceRate service{settled()};
    Noise noise{spread};
    for (int tick{0}; tick < 8 * hour; ++tick) {
      service.learn(sample_of(370.0, 40.0, 370.0 / (rate * 40.0) * noise.next()));
      CHECK(std::abs(*service.get() / rate - 1.0) < std::max(0.01, 0.4 * spread));
    }
    CHECK(std::abs(*service.get() / rate - 1.0) < std::max(0.005, 0.2 * spread));
  }
}

TEST_CASE("a fleet that grows and shrinks all the time does not follow every noisy reading") {
  ServiceRate service{settled()};
  Noise noise{0.1};
  for (int tick{0}; tick < 8 * hour; ++tick) {
    const double serving{40.0 + std::floor(tick % 9 / 3.0)};
    service.learn(sample_of(350.0, serving, 350.0 / (rate * serving) * noise.next()));
    CHECK(std::abs(*service.get() / rate - 1.0) < 0.08);
  }
}

TEST_CASE("noise while the fleet idles does not raise the rate for the next peak") {
  ServiceRate service{settled()};
  Noise counted{0.3};
  Noise measured{0.5};
  for (int tick{0}; tick < 48 * hour; ++tick) {
    service.learn(sample_of(4.0 * counted.next(), 8.0, 4.0 / (rate * 8.0) * measured.next()));
  }
  CHECK(*service.get() == doctest::Approx(rate).epsilon(0.05));
}

TEST_CASE("work that no request asked for does not lower the rate while the load is away") {
  for (const double floor : {0.02, 0.06, 0.1}) {
    CAPTURE(floor);
    ServiceRate service{settled()};
    Noise noise{0.2};
    for (int tick{0}; tick < 48 * hour; ++tick) {
      service.learn(sample_of(0.5, 8.0, floor * noise.next()));
    }
    CHECK(*service.get() == doctest::Approx(rate).epsilon(0.02));
  }
}

TEST_CASE("requests in service are no backlog while nobody is late") {
  ServiceRate service{settled()};
  for (int tick{0}; tick < hour; ++tick) {
    ServiceSample busy{sample_of(372.0, 40.0, 0.93)};
    busy.queue = 37.0;
    service.learn(busy);
  }
  CHECK(*service.get() == doctest::Approx(rate).epsilon(0.005));
}

TEST_CASE("a release that is a tenth slower is learned within the hour") {
  ServiceRate service{settled()};
  Noise noise{0.1};
  for (int tick{0}; tick < hour; ++tick) {
    service.learn(sample_of(300.0, 40.0, 300.0 / (0.9 * rate * 40.0) * noise.next()));
  }
  CHECK(*service.get() == doctest::Approx(0.9 * rate).epsilon(0.03));
}

TEST_CASE("what saturation taught of a slower release is corrected by the first busy looks") {
  ServiceRate service{settled()};
  for (int tick{0}; tick < 3 * hour; ++tick) service.learn(sample_of(300.0, 40.0, 0.75));
  // Full and late, and less is completed than arrives: nobody knows by how much.
  for (int tick{0}; tick < 6; ++tick) {
    ServiceSample full{sample_of(300.0, 40.0, 1.0)};
    full.late = 1.0;
    service.learn(full);
  }
  CHECK(*service.get() < 6.0);
  for (int tick{0}; tick < 30; ++tick) service.learn(sample_of(300.0, 60.0, 300.0 / (6.0 * 60.0)));
  CHECK(*service.get() == doctest::Approx(6.0).epsilon(0.05));
}

TEST_CASE("a second decision in the same second does not count as a sample") {
  ServiceRate service{settled()};
  const double before{*service.get()};
  ServiceSample again{sample_of(200.0, 40.0, 0.8)};
  again.elapsed_s = 0.0;
  for (int time{0}; time < 100; ++time) service.learn(again);
  CHECK(*service.get() == before);
  again.elapsed_s = 15.0;
  service.learn(again);
  CHECK(*service.get() < before);
}

TEST_CASE("readings beyond all measure leave a rate that can be reckoned with") {
  ServiceRate service{};
  service.learn(sample_of(1e15, 4.0, 1e-300));
  REQUIRE(service.get());
  CHECK(*service.get() <= 1e9);
  for (const double utilization : {1.0, 0.5, 1e-300}) {
    service.learn(sample_of(1e300, 1e-9, utilization));
    REQUIRE(service.get());
    CHECK(std::isfinite(*service.get()));
    CHECK(*service.get() <= 1e9);
  }
}

TEST_CASE("a change is told from noise") {
  DriftWatch watch{};
  Noise noise{0.1};
  const auto samples_until_told{[&](double shift) {
    for (int sample{1}; sample <= 20'000; ++sample) {
      if (watch.has_changed(noise.next() - 1.0 + shift, 1.0, 5'000.0)) return sample;
    }
    return 0;
  }};
  CHECK(samples_until_told(0.0) == 0);
  CHECK(watch.noise(5'000.0) == doctest::Approx(0.1 / std::sqrt(3.0)).epsilon(0.2));
  const int small{samples_until_told(0.06)};
  CHECK(small > 5);
  CHECK(small < 120);
  const int large{samples_until_told(-0.2)};
  CHECK(large > 2);
  CHECK(large < 15);
}

TEST_CASE("few requests are no precise reading, however even they came so far") {
  DriftWatch watch{};
  for (int sample{0}; sample < 500; ++sample) CHECK(!watch.has_changed(0.0, 1.0, 1e6));
  CHECK(watch.noise(1e6) < 0.002);
  CHECK(watch.noise(25.0) == doctest::Approx(0.2));
}

TEST_CASE("one line with a wrong load neither deletes the fleet nor doubles it") {
  const LoadWitness witness{.utilization = 0.864, .fewest = 44.0, .most = 44.0, .rate = rate};
  for (const double wrong : {0.0, 38.0, 190.0, 1'140.0, 3'800.0}) {
    CAPTURE(wrong);
    LoadDoubt doubt{};
    CHECK(doubt.believed(380.0, witness, 15.0) == 380.0);
    const double believed{doubt.believed(wrong, witness, 15.0)};
    CHECK(believed > 200.0);
    CHECK(believed < 650.0);
    CHECK(doubt.believed(380.0, witness, 15.0) == 380.0);
  }
}

TEST_CASE("a load that stays is believed with the second reading, however fast they come") {
  const LoadWitness witness{.utilization = 0.8, .fewest = 40.0, .most = 40.0, .rate = rate};
  for (const double elapsed_s : {1.0, 5.0, 15.0, 60.0}) {
    CAPTURE(elapsed_s);
    LoadDoubt doubt{};
    CHECK(doubt.believed(320.0, witness, elapsed_s) == 320.0);
    double lasted_s{0.0};
    while (doubt.believed(80.0, witness, elapsed_s) > 80.0) lasted_s += elapsed_s;
    CHECK(lasted_s >= std::min(15.0, elapsed_s));
    CHECK(lasted_s <= std::max(15.0, elapsed_s));
    CHECK(doubt.believed(80.0, witness, elapsed_s) == 80.0);
  }
}

TEST_CASE("minutes of zeros beside busy replicas were believed, and the fleet given back") {
  const LoadWitness busy{.utilization = 0.8, .fewest = 40.0, .most = 40.0, .rate = rate};
  LoadDoubt doubt{};
  CHECK(doubt.believed(320.0, busy, 15.0) == 320.0);
  double lasted_s{0.0};
  while (doubt.believed(0.0, busy, 15.0) >= 300.0) lasted_s += 15.0;
  CHECK(lasted_s == 600.0);
  // A load that is really over leaves nobody busy.
  LoadDoubt over{};
  CHECK(over.believed(320.0, busy, 15.0) == 320.0);
  CHECK(over.believed(0.0, busy, 15.0) == 320.0);
  CHECK(over.believed(0.0, {0.01, 40.0, 40.0, rate}, 15.0) == 0.0);
}

TEST_CASE("nothing is doubted beside a full fleet, an idle one, or one nobody knows the rate of") {
  LoadDoubt doubt{};
  CHECK(doubt.believed(4'000.0, {0.97, 40.0, 40.0, rate}, 15.0) == 4'000.0);
  CHECK(doubt.believed(0.0, {0.02, 40.0, 40.0, rate}, 15.0) == 0.0);
  CHECK(doubt.believed(0.0, {0.8, 40.0, 40.0, std::nullopt}, 15.0) == 0.0);
  CHECK(doubt.believed(0.0, {std::nullopt, 40.0, 40.0, rate}, 15.0) == 0.0);
  // Few requests scatter: three in 15 s where six were served.
  CHECK(doubt.believed(0.2, {0.1, 0.4, 0.4, rate}, 15.0) == 0.2);
  // Replicas that came or went within the window: either may have served it.
  CHECK(doubt.believed(160.0, {0.8, 20.0, 40.0, rate}, 15.0) == 160.0);
}

}  // namespace
}  // namespace spillway::autopilot::noisy_readings_test
