#include "policies/shadow.hpp"

#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::shadow_test {
namespace {

using namespace std::chrono_literals;
using testing::monday;
using testing::read;
using testing::scene;

/// A decision that has wanted `desired`, `burst` of them burst, for long.
Decided settled(int desired, int burst) {
  Decided decided{};
  decided.decision.desired = {desired};
  decided.decision.burst = {burst};
  decided.next.last = CountAt{monday, {desired}};
  return decided;
}

ShadowRecord run(const Decided& acting, const Decided& shadow, double load, int ticks) {
  ShadowRecord record{};
  Snapshot now{scene(10)};
  for (int tick{0}; tick <= ticks; ++tick) {
    read(read(now, "load", load), "utilization", load / 200.0);  // 20 serving of 10 req/s
    now.fleet.base->ready = 20_replicas;
    record = with_tick(std::move(record), now, acting, shadow, 200ms);
    now.taken_at += 15s;
  }
  return record;
}

TEST_CASE("both get the bill of what they wanted, by the same price and time") {
  const ShadowRecord record{run(settled(14, 4), settled(13, 3), 120.0, 240)};  // an hour
  CHECK(record.since == monday);
  CHECK(record.at == monday + 1h);
  CHECK(record.acting.rent.usd() == doctest::Approx(4 * 0.0594).epsilon(1e-6));
  CHECK(record.shadow.rent.usd() == doctest::Approx(3 * 0.0594).epsilon(1e-6));
}

TEST_CASE("burst that was wanted while its price was unknown is no bill of zero") {
  Snapshot now{scene(10)};
  now.replica_price = {};
  ShadowRecord record{with_tick({}, now, settled(10, 0), settled(13, 3), 200ms)};
  CHECK_FALSE(record.shadow.lacks_price);  // the first tick bills no time
  now.taken_at += 15s;
  record = with_tick(std::move(record), now, settled(10, 0), settled(13, 3), 200ms);
  CHECK(record.shadow.rent == Money{});
  CHECK(record.shadow.lacks_price);
  CHECK_FALSE(record.acting.lacks_price);  // wanted none, whatever it costs
  now.taken_at += 15s;
  now.replica_price = {usd(0.0594)};  // known from here on
  record = with_tick(std::move(record), now, settled(14, 4), settled(13, 3), 200ms);
  CHECK(record.shadow.lacks_price);
  CHECK(record.shadow.rent > Money{});
  CHECK_FALSE(record.acting.lacks_price);
}

TEST_CASE("of 1800 requests in 15 s 16 are late with 14 replicas and 172 with 13") {
  const ShadowRecord record{run(settled(14, 4), settled(13, 3), 120.0, 1)};
  CHECK(record.requests == doctest::Approx(1800.0));
  CHECK(record.acting.late_requests == doctest::Approx(15.88).epsilon(0.01));
  CHECK(record.shadow.late_requests == doctest::Approx(171.6).epsilon(0.01));
}

TEST_CASE("a replica counts only when it would have started") {
  History past{};
  past.last = CountAt{monday, {14}};
  past.changes = {{monday - 60s, {2}}, {monday - 20s, {4}}, {monday - 10s, {-1}}};
  CHECK(ready_by(past, monday, 30s) == 11_replicas);
  CHECK(ready_by(past, monday, 15s) == 14_replicas);
  CHECK(ready_by(past, monday, 90s) == 9_replicas);
  CHECK(ready_by({}, monday, 30s) == 0_replicas);
}

TEST_CASE("what cannot be estimated is not counted, and a stop is no bill") {
  ShadowRecord record{};
  Snapshot now{scene(10)};
  record = with_tick(record, now, settled(14, 4), settled(13, 3), 200ms);
  now.taken_at += 10h;  // the controller stood still
  record = with_tick(record, now, settled(14, 4), settled(13, 3), 200ms);
  CHECK(record.requests == 0.0);
  CHECK(record.acting.rent.usd() == doctest::Approx(4 * 0.0594 / 12).epsilon(1e-6));
  now.taken_at -= 20h;  // and the clock was set back
  CHECK(with_tick(record, now, settled(14, 4), settled(13, 3), 200ms).acting.rent ==
        record.acting.rent);
}

}  // namespace
}  // namespace spillway::shadow_test
