#include "policies/utilization_law.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::utilization_law_test {
namespace {

using namespace std::chrono_literals;
using testing::monday;

TEST_CASE("60 req/s on 10 replicas at 60 % are 10 req/s each") {
  UtilizationLaw rate{};
  CHECK_FALSE(rate.per_replica());
  rate.learn(monday, 60.0, 0.6, {10});
  CHECK(*rate.per_replica() == doctest::Approx(10.0));
}

TEST_CASE("noise and saturation teach nothing") {
  UtilizationLaw rate{};
  rate.learn(monday, 1.0, 0.05, {10});
  rate.learn(monday + 15s, 500.0, 1.0, {10});  // shows 100 % whatever arrives
  rate.learn(monday + 30s, 60.0, 0.6, {0});
  rate.learn(monday + 45s, 0.0, 0.5, {10});
  CHECK_FALSE(rate.per_replica());
}

TEST_CASE("a release that halves the rate is learned within hours, one odd sample changes little") {
  UtilizationLaw rate{};
  TimePoint at{monday};
  for (int i{0}; i < 960; ++i) rate.learn(at += 15s, 60.0, 0.6, {10});
  rate.learn(at += 15s, 60.0, 0.2, {10});
  CHECK(*rate.per_replica() == doctest::Approx(10.0).epsilon(0.01));
  for (int i{0}; i < 960; ++i) rate.learn(at += 15s, 30.0, 0.6, {10});  // 4 h
  CHECK(*rate.per_replica() == doctest::Approx(5.0).epsilon(0.03));
}

TEST_CASE("the interval does not matter") {
  UtilizationLaw fast{};
  UtilizationLaw slow{};
  for (int i{1}; i <= 3600; ++i) fast.learn(monday + i * 1s, i < 1800 ? 60.0 : 90.0, 0.6, {10});
  for (int i{1}; i <= 240; ++i) slow.learn(monday + i * 15s, i < 120 ? 60.0 : 90.0, 0.6, {10});
  CHECK(*fast.per_replica() == doctest::Approx(*slow.per_replica()).epsilon(0.01));
}

TEST_CASE("what was kept goes on as if nothing had happened; anything else begins anew") {
  UtilizationLaw rate{};
  rate.learn(monday, 60.0, 0.6, {10});
  Memory memory{};
  rate.keep(memory);
  REQUIRE(memory.size() == UtilizationLaw::memory_size);
  UtilizationLaw again{memory};
  rate.learn(monday + 15s, 80.0, 0.7, {10});
  again.learn(monday + 15s, 80.0, 0.7, {10});
  CHECK(*again.per_replica() == *rate.per_replica());

  memory[1] = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(UtilizationLaw{memory}.per_replica());
  CHECK_FALSE(UtilizationLaw{Memory{1.0}}.per_replica());
  CHECK_FALSE(UtilizationLaw{Memory{-1.0, 1.0, 0.0}}.per_replica());
}

}  // namespace
}  // namespace spillway::utilization_law_test
