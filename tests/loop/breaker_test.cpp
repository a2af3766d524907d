#include "controller/loop/breaker.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::breaker_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{1'795'444'200'000ms};
constexpr auto full{Because::place_unavailable};

TEST_CASE("a refusal opens at once, for its own key alone, and lets one try through after it") {
  Breakers breakers{};
  CHECK_FALSE(breakers.closed_because("eastus", t0));
  breakers.refuse("eastus", full, t0);
  CHECK(breakers.closed_because("eastus", t0) == full);
  CHECK(breakers.closed_because("eastus", t0 + 3min - 1ms) == full);
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 3min));
  CHECK_FALSE(breakers.closed_because("westus", t0));
}

TEST_CASE("what was learned is read back as it was; damage is skipped") {
  Breakers breakers{};
  breakers.refuse("offer eastus 1 1.5", full, t0);
  breakers.refuse("quota s eastus", Because::quota_reached, t0);
  breakers.fail("place westus", full, t0);
  Breakers again{};
  again.read_text("damaged\n" + breakers.to_text() + "a\tb\n\tx\t9\t9\t9\tQuotaReached\n");
  CHECK(again.closed_because("offer eastus 1 1.5", t0 + 1min) == full);
  CHECK(again.closed_because("quota s eastus", t0 + 1min) == Because::quota_reached);
  CHECK_FALSE(again.closed_because("place westus", t0));
  CHECK(again.refused_at("offer eastus 1 1.5") == t0);
  CHECK(again.to_text() == breakers.to_text());
  again.refuse("offer eastus 1 1.5", full, t0 + 4min);  // the second in a row: 6 minutes
  CHECK(again.closed_because("offer eastus 1 1.5", t0 + 9min));
}

TEST_CASE("a wrong clock in an earlier run keeps no place closed for years") {
  Breakers breakers{};
  breakers.read_text("place eastus\t0\t180000\t1795444200000\t99795444200000\tPlaceUnavailable\n");
  CHECK_FALSE(breakers.closed_because("place eastus", t0 + 1h));
}

TEST_CASE("a clock that was an hour ahead keeps no place closed for that hour") {
  Breakers before{};
  before.refuse("eastus", full, t0 + 1h);
  before.refuse("westus", full, t0);
  Breakers breakers{};
  breakers.read_text(before.to_text());
  breakers.forget_future(t0 + 1min);
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 1min));
  CHECK(breakers.closed_because("westus", t0 + 1min) == full);
}

TEST_CASE("each refusal in a row doubles the pause, up to the longest") {
  Breakers breakers{};
  TimePoint now{t0};
  for (const Duration pause : {3min, 6min, 12min, 24min, 30min, 30min}) {
    CAPTURE(pause);
    breakers.refuse("eastus", full, now);
    CHECK(breakers.closed_because("eastus", now + pause - 1ms));
    CHECK_FALSE(breakers.closed_because("eastus", now + pause));
    now += pause;
  }
}

TEST_CASE("answers to requests sent before it opened do not prolong the pause") {
  Breakers breakers{};
  breakers.refuse("eastus", full, t0);
  breakers.refuse("eastus", Because::quota_reached, t0 + 1s);
  CHECK(breakers.closed_because("eastus", t0 + 2s) == full);
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 3min));
}

TEST_CASE("single failed starts are weather; three in a row open it") {
  Breakers breakers{};
  breakers.fail("eastus", full, t0);
  breakers.fail("eastus", full, t0 + 1s);
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 1s));
  breakers.succeed("eastus", t0);
  breakers.fail("eastus", full, t0 + 2s);
  breakers.fail("eastus", full, t0 + 3s);
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 3s));
  breakers.fail("eastus", full, t0 + 4s);
  CHECK(breakers.closed_because("eastus", t0 + 4s) == full);
}

TEST_CASE("a start that works closes it and forgets the pauses, if it was asked for since") {
  Breakers breakers{};
  breakers.refuse("eastus", full, t0);
  breakers.succeed("eastus", t0 - 1min);
  CHECK(breakers.closed_because("eastus", t0 + 1s) == full);
  breakers.succeed("eastus", t0 + 3min);
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 1s));
  breakers.refuse("eastus", full, t0 + 5min);
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 8min));  // the first pause again
}

TEST_CASE("the one try after a pause keeps the others out until it shows its outcome") {
  Breakers breakers{};
  breakers.note_try("eastus", t0);
  CHECK_FALSE(breakers.is_half_open("eastus", t0));
  breakers.refuse("eastus", full, t0);
  CHECK_FALSE(breakers.is_half_open("eastus", t0 + 1min));
  CHECK(breakers.is_half_open("eastus", t0 + 3min));
  breakers.note_try("eastus", t0 + 3min);
  CHECK(breakers.closed_because("eastus", t0 + 3min) == full);
  breakers.refuse("eastus", full, t0 + 3min + 1s);  // its outcome: the pause doubles
  CHECK(breakers.closed_because("eastus", t0 + 9min));
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 9min + 1s));
  breakers.note_try("eastus", t0 + 10min);
  breakers.succeed("eastus", t0 + 10min);
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 10min + 1s));
}

TEST_CASE("a try without an outcome is followed by another one, and a failed one opens at once") {
  Breakers breakers{};
  breakers.refuse("eastus", full, t0);
  breakers.note_try("eastus", t0 + 3min);
  CHECK(breakers.closed_because("eastus", t0 + 5min - 1ms));
  CHECK(breakers.is_half_open("eastus", t0 + 5min));
  breakers.note_try("eastus", t0 + 5min);
  breakers.fail("eastus", full, t0 + 6min);
  CHECK(breakers.closed_because("eastus", t0 + 12min - 1ms));
  CHECK_FALSE(breakers.closed_because("eastus", t0 + 12min));
}

}  // namespace
}  // namespace spillway::breaker_test
