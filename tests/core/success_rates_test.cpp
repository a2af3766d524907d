#include "controller/core/success_rates.hpp"

#include <doctest/doctest.h>

namespace spillway::success_rates_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
const Place east{.subscription = "s", .region = "eastus"};

TEST_CASE("what was learned is read back as it was; damage is skipped") {
  const Place zone{.subscription = "s", .region = "eastus", .zone = "2"};
  const Place spot{.subscription = "s", .region = "eastus", .priority = Priority::spot};
  SuccessRates rates{};
  rates.note(zone, false, now);
  rates.note(zone, true, now);
  rates.note(spot, false, now);
  const SuccessRates again{
      SuccessRates::from_text("x\ty\n" + rates.to_text() + "s\teastus\t2\tregular\tnan\t-1\t0\n")};
  CHECK(again.rate(zone, now) == rates.rate(zone, now));
  CHECK(again.rate(spot, now) == rates.rate(spot, now));
  CHECK(again.rate({}, now) == 1.0);
}

TEST_CASE("a place without history is good, failures make it worse, and time forgives") {
  SuccessRates rates{};
  CHECK(rates.rate(east, now) == 1.0);
  rates.note(east, false, now);
  rates.note(east, false, now);
  CHECK(rates.rate(east, now) == doctest::Approx(0.5));
  CHECK(rates.rate(east, now + 1h) == doctest::Approx(2.0 / 3.0));
  CHECK(rates.rate(east, now + 24h) > 0.99);
  CHECK(rates.rate({.subscription = "s", .region = "westus"}, now) == 1.0);
}

TEST_CASE("starts that serve outweigh a failure, and the rate stays within 0 and 1") {
  SuccessRates rates{};
  for (int i{0}; i < 96; ++i) rates.note(east, true, now);
  rates.note(east, false, now);
  rates.note(east, false, now);
  CHECK(rates.rate(east, now) == doctest::Approx(0.98));
  for (int i{0}; i < 10'000; ++i) rates.note(east, false, now);
  CHECK(rates.rate(east, now) > 0.0);
  CHECK(rates.rate(east, now - 1h) <= 1.0);
}

}  // namespace
}  // namespace spillway::success_rates_test
