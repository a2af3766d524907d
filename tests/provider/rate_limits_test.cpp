#include "controller/provider/aci/rate_limits.hpp"

#include <doctest/doctest.h>

#include "tests/support/printing.hpp"

namespace spillway::aci::rate_limits_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

void take(TokenWindow& window, int count, TimePoint at) {
  for (int i{0}; i < count; ++i) window.take(at);
}

TEST_CASE("a hundred creates leave none for five minutes, and three hundred none for the hour") {
  TokenWindow window{WindowLimits{}};
  CHECK(window.left(noon) == 100);
  CHECK(window.wait(noon) == 0s);
  take(window, 100, noon);
  CHECK(window.left(noon + 1min) == 0);
  CHECK(window.wait(noon + 1min) == 4min);
  CHECK(window.left(noon + 5min) == 100);
  take(window, 100, noon + 5min);
  take(window, 100, noon + 10min);
  CHECK(window.left(noon + 15min) == 0);
  CHECK(window.wait(noon + 15min) == 45min);
  CHECK(window.left(noon + 1h) == 100);
}

TEST_CASE("tokens come back one by one as they were taken") {
  TokenWindow window{WindowLimits{.per_5_minutes = 3, .per_hour = 10}};
  window.take(noon);
  window.take(noon + 1min);
  window.take(noon + 2min);
  CHECK(window.left(noon + 4min) == 0);
  CHECK(window.wait(noon + 4min) == 1min);
  CHECK(window.left(noon + 5min) == 1);
  CHECK(window.left(noon + 6min) == 2);
}

TEST_CASE("requests beyond the limit are counted and waited for") {
  TokenWindow window{WindowLimits{.per_5_minutes = 2, .per_hour = 10}};
  window.take(noon);
  window.take(noon + 1min);
  window.take(noon + 2min);
  CHECK(window.left(noon + 2min) == 0);
  CHECK(window.wait(noon + 5min) == 1min);
  CHECK(window.left(noon + 6min) == 1);
}

TEST_CASE("wait is the exact time until a token is left") {
  TokenWindow window{WindowLimits{.per_5_minutes = 4, .per_hour = 9}};
  TimePoint now{noon};
  for (int step{0}; step < 200; ++step) {
    now += Duration{(step * 7919) % 90'000};
    const Duration wait{window.wait(now)};
    CHECK((wait == 0s) == (window.left(now) > 0));
    CHECK(window.left(now + wait) >= 1);
    if (wait > 0s) CHECK(window.left(now + wait - 1ms) == 0);
    if (window.left(now) > 0) window.take(now);
  }
}

TEST_CASE("the larger of Retry-After and our own growing pause counts") {
  ThrottleGate gate{};
  CHECK(gate.wait(noon) == 0s);
  gate.on_throttled(noon, 17s, 0.5);
  CHECK(gate.wait(noon) == 17s);
  CHECK(gate.wait(noon + 17s) == 0s);
  gate.on_throttled(noon + 17s, std::nullopt, 0.0);
  CHECK(gate.wait(noon + 17s) == 4s);
  gate.on_throttled(noon + 21s, 1s, 0.0);
  CHECK(gate.wait(noon + 21s) == 8s);
}

TEST_CASE("a pause without Retry-After is capped, jittered upward, and forgotten after an answer") {
  ThrottleGate gate{};
  TimePoint now{noon};
  for (int step{0}; step < 40; ++step) {
    gate.on_throttled(now, std::nullopt, 0.99);
    CHECK(gate.wait(now) <= 75s);
    now += gate.wait(now);
  }
  gate.on_throttled(now, std::nullopt, 0.0);
  CHECK(gate.wait(now) == 60s);
  now += 60s;
  gate.on_answered();
  gate.on_throttled(now, std::nullopt, 0.0);
  CHECK(gate.wait(now) == 2s);
}

TEST_CASE("a later 429 with a shorter Retry-After does not shorten the pause") {
  ThrottleGate gate{};
  gate.on_throttled(noon, 60s, 0.0);
  gate.on_throttled(noon + 1s, 5s, 0.0);
  CHECK(gate.wait(noon + 1s) == 59s);
}

}  // namespace
}  // namespace spillway::aci::rate_limits_test
