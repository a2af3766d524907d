#include "controller/provider/aci/arm_pacing.hpp"

#include <doctest/doctest.h>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::arm_pacing_test {
namespace {

using namespace std::chrono_literals;
using testing::monday_noon;

TEST_CASE("requests beyond the bucket are spaced out at the rate at which it fills") {
  ArmPacer pacer{{.size = 10.0, .per_second = 10.0}};
  for (int i{0}; i < 10; ++i) CHECK(pacer.book(monday_noon, 1s) == Duration::zero());
  CHECK(pacer.book(monday_noon, 1s) == Duration{100ms});
  CHECK(pacer.book(monday_noon, 1s) == Duration{200ms});
  CHECK(pacer.left(monday_noon) == doctest::Approx(-2.0));
  CHECK(pacer.book(monday_noon + 300ms, 1s) == Duration::zero());
}

TEST_CASE("beyond the patience nothing is booked") {
  ArmPacer pacer{{.size = 1.0, .per_second = 0.1}};
  CHECK(pacer.book(monday_noon, 5s) == Duration::zero());
  CHECK(!pacer.book(monday_noon, 5s));
  CHECK(pacer.wait(monday_noon) == Duration{10s});
  CHECK(pacer.book(monday_noon + 6s, 5s) == Duration{4s});
}

TEST_CASE("what Azure says is left counts, less what is still under way") {
  ArmPacer pacer{{.size = 200.0, .per_second = 10.0}};
  for (int i{0}; i < 3; ++i) CHECK(pacer.book(monday_noon, 0s));
  pacer.on_answered(monday_noon, 5);
  CHECK(pacer.left(monday_noon) == doctest::Approx(3.0));
  pacer.on_answered(monday_noon, std::nullopt);
  CHECK(pacer.left(monday_noon) == doctest::Approx(3.0));
  pacer.on_answered(monday_noon, 3749);
  CHECK(pacer.left(monday_noon) == doctest::Approx(200.0));
}

TEST_CASE("the reserve is for requests with precedence, and fills beside the rest") {
  using enum ArmShare;
  ArmPacer pacer{{.size = 20.0, .per_second = 10.0, .reserved = 8.0, .reserved_per_second = 4.0}};
  for (int i{0}; i < 12; ++i) CHECK(pacer.book(monday_noon, 0s) == Duration::zero());
  CHECK(!pacer.book(monday_noon, 0s));
  CHECK(pacer.left(monday_noon) == doctest::Approx(8.0));
  // Half of the reserve is for what comes after; then only what comes first goes at once.
  for (int i{0}; i < 4; ++i) CHECK(pacer.book(monday_noon, 0s, half_reserve) == Duration::zero());
  CHECK(!pacer.book(monday_noon, 0s, half_reserve));
  for (int i{0}; i < 4; ++i) CHECK(pacer.book(monday_noon, 0s, whole_reserve) == Duration::zero());
  CHECK(!pacer.book(monday_noon, 0s, whole_reserve));
  // A second later: four are for them, six for all.
  CHECK(pacer.wait(monday_noon, whole_reserve) == Duration{167ms});  // the open stock is faster
  int open_count{0};
  while (pacer.book(monday_noon + 1s, 0s)) ++open_count;
  CHECK(open_count == 6);
  int first_count{0};
  while (pacer.book(monday_noon + 1s, 0s, whole_reserve)) ++first_count;
  CHECK(first_count == 4);
}

TEST_CASE("what Azure says is left goes to the reserve first, queue or not") {
  ArmPacer pacer{{.size = 20.0, .per_second = 10.0, .reserved = 8.0, .reserved_per_second = 4.0}};
  for (int i{0}; i < 30; ++i) CHECK(pacer.book(monday_noon, 5s));
  pacer.on_answered(monday_noon, 8);  // 18 of them wait for tokens that are yet to come
  CHECK(pacer.book(monday_noon, 0s, ArmShare::whole_reserve) == Duration::zero());
  pacer.on_answered(monday_noon, 0);  // somebody else has emptied it
  CHECK(pacer.wait(monday_noon, ArmShare::whole_reserve) == Duration{250ms});
}

TEST_CASE("a minute of bookings never exceeds the bucket and what filled it meanwhile") {
  ArmPacer pacer{limits_of(ArmBucket::reads)};
  int sent{0};
  for (TimePoint now{monday_noon}; now < monday_noon + 60s; now += 10ms) {
    if (pacer.book(now, 0s)) ++sent;
  }
  CHECK(sent <= 250 + 25 * 60);
  CHECK(sent >= 200 + 25 * 59);  // the reserve is not theirs
}

TEST_CASE("each bucket listens to its own headers, and to those that a service puts in place") {
  using enum ArmBucket;
  CHECK(is_limit_of(reads, "x-ms-ratelimit-remaining-subscription-reads"));
  CHECK(is_limit_of(reads, "x-ms-ratelimit-remaining-subscription-global-reads"));
  CHECK(is_limit_of(reads, "x-ms-ratelimit-remaining-tenant-reads"));
  CHECK(is_limit_of(writes, "x-ms-ratelimit-remaining-subscription-resource-requests"));
  CHECK(is_limit_of(deletes, "x-ms-ratelimit-remaining-subscription-deletes"));
  CHECK(!is_limit_of(reads, "x-ms-ratelimit-remaining-subscription-writes"));
  CHECK(!is_limit_of(reads, "x-ms-ratelimit-remaining-subscription-resource-entities-read"));
  CHECK(!is_limit_of(reads, "x-ms-reads"));
}

}  // namespace
}  // namespace spillway::aci::arm_pacing_test
