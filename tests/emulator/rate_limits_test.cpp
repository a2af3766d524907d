#include "tests/emulator/rate_limits.hpp"

#include <doctest/doctest.h>

namespace spillway::emulator::rate_limits_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{};

TEST_CASE("a bucket gives what it holds at once and then what trickles in") {
  TokenBucket bucket{{.size = 2, .per_second = 0.5}, t0};
  CHECK_FALSE(bucket.take(t0));
  CHECK_FALSE(bucket.take(t0));
  CHECK(bucket.take(t0) == 2s);
  CHECK(bucket.take(t0 + 1s) == 1s);
  CHECK_FALSE(bucket.take(t0 + 2s));
  CHECK(bucket.remaining() == 0);
}

TEST_CASE("a bucket never holds more than its size") {
  TokenBucket bucket{{.size = 2, .per_second = 10}, t0};
  CHECK_FALSE(bucket.take(t0 + 1h));
  CHECK(bucket.remaining() == 1);
}

TEST_CASE("the subscription has fifteen times what one principal has") {
  ArmBuckets buckets{ArmLimits{}};
  const auto first{buckets.take("s", "p", CallKind::read, t0)};
  CHECK(first.remaining == 249);
  CHECK(first.global_remaining == 3749);
  CHECK(buckets.take("s", "other", CallKind::read, t0).remaining == 249);
  CHECK(buckets.take("s", "p", CallKind::write, t0).remaining == 199);
}

TEST_CASE("a rate window holds for five minutes and for the hour") {
  RateWindow window{2, 3};
  CHECK_FALSE(window.take(t0));
  CHECK_FALSE(window.take(t0 + 1min));
  CHECK(window.take(t0 + 2min) == 3min);
  CHECK_FALSE(window.take(t0 + 5min));
  CHECK(window.take(t0 + 10min) == 50min);
  CHECK_FALSE(window.take(t0 + 1h));
}

TEST_CASE("a refused request does not count against the window") {
  RateWindow window{1, 10};
  CHECK_FALSE(window.take(t0));
  for (int i{0}; i < 50; ++i) CHECK(window.take(t0 + 1min) == 4min);
  CHECK_FALSE(window.take(t0 + 5min));
}

}  // namespace
}  // namespace spillway::emulator::rate_limits_test
