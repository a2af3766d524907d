#include "policies/service_rate.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::service_rate_test {
namespace {

using namespace std::chrono_literals;
using testing::monday;

TEST_CASE("60 req/s on 10 replicas at 60 % are 10 req/s each") {
  ServiceRate rate{};
  CHECK_FALSE(rate.per_replica());
  rate.learn(monday, 60.0, 0.6, {10});
  CHECK(*rate.per_replica() == doctest::Approx(10.0));
}

TEST_CASE("noise and saturation teach nothing") {
  ServiceRate rate{};
  rate.learn(monday, 1.0, 0.05, {10});
  rate.learn(monday + 15s, 500.0, 1.0, {10});  // shows 100 % whatever arrives
  rate.learn(monday + 30s, 60.0, 0.6, {0});
  rate.learn(monday + 45s, 0.0, 0.5, {10});
  CHECK_FALSE(rate.per_replica());
}

TEST_CASE("a release that halves the rate is learned within hours, one odd sample changes little") {
  ServiceRate rate{};
  TimePoint at{monday};
  for (int i{0}; i < 960; ++i) rate.learn(at += 15s, 60.0, 0.6, {10});
  rate.learn(at += 15s, 60.0, 0.2, {10});
  CHECK(*rate.per_replica() == doctest::Approx(10.0).epsilon(0.01));
  for (int i{0}; i < 960; ++i) rate.learn(at += 15s, 30.0, 0.6, {10});  // 4 h
  CHECK(*rate.per_replica() == doctest::Approx(5.0).epsilon(0.03));
}

TEST_CASE("the interval does not matter") {
  ServiceRate fast{};
  ServiceRate slow{};
  for (int i{1}; i <= 3600; ++i) fast.learn(monday + i * 1s, i < 1800 ? 60.0 : 90.0, 0.6, {10});
  for (int i{1}; i <= 240; ++i) slow.learn(monday + i * 15s, i < 120 ? 60.0 : 90.0, 0.6, {10});
  CHECK(*fast.per_replica() == doctest::Approx(*slow.per_replica()).epsilon(0.01));
}

TEST_CASE("what was kept goes on as if nothing had happened; anything else begins anew") {
  ServiceRate rate{};
  rate.learn(monday, 60.0, 0.6, {10});
  Memory memory{};
  rate.keep(memory);
  REQUIRE(memory.size() == ServiceRate::memory_size);
  ServiceRate again{memory};
  rate.learn(monday + 15s, 80.0, 0.7, {10});
  again.learn(monday + 15s, 80.0, 0.7, {10});
  CHECK(*again.per_replica() == *rate.per_replica());

  memory[1] = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(ServiceRate{memory}.per_replica());
  CHECK_FALSE(ServiceRate{Memory{1.0}}.per_replica());
  CHECK_FALSE(ServiceRate{Memory{-1.0, 1.0, 0.0}}.per_replica());
}

}  // namespace
}  // namespace spillway::service_rate_test
