#include "controller/core/reading.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::reading_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{1'795'444'200'000ms};

TEST_CASE("only a fresh reading has a value to act on; a stale one has one to show") {
  const Reading fresh{Reading::fresh(142.0, t0)};
  CHECK(fresh.is_fresh());
  CHECK(fresh.fresh_value() == 142.0);
  CHECK(fresh.last_value() == 142.0);
  CHECK(fresh.sampled_at() == t0);

  const Reading stale{Reading::stale(142.0, t0, "last sample 5m ago")};
  CHECK_FALSE(stale.is_fresh());
  CHECK_FALSE(stale.fresh_value());
  CHECK(stale.last_value() == 142.0);
  CHECK(stale.why() == "last sample 5m ago");

  const Reading missing{Reading::missing("connection refused")};
  CHECK(missing.quality() == Quality::missing);
  CHECK_FALSE(missing.fresh_value());
  CHECK_FALSE(missing.last_value());
  CHECK(missing.why() == "connection refused");
}

TEST_CASE("a reading of zero is not a missing one") {
  CHECK(Reading::fresh(0.0, t0).fresh_value() == 0.0);
  CHECK(Reading::fresh(0.0, t0) != Reading::missing(""));
}

TEST_CASE("a signal that nothing provides is missing and says so") {
  Readings readings{};
  CHECK(readings["load"].quality() == Quality::missing);
  CHECK(readings["load"].why() == "not configured");
  readings.set("load", Reading::fresh(1.0, t0));
  readings.set("load", Reading::fresh(2.0, t0 + 1s));
  CHECK(readings["load"].fresh_value() == 2.0);
  CHECK(readings["loa"].quality() == Quality::missing);
}

TEST_CASE("qualities print as words") {
  CHECK(to_string(Quality::fresh) == "fresh");
  CHECK(to_string(Quality::stale) == "stale");
  CHECK(to_string(Quality::missing) == "missing");
}

}  // namespace
}  // namespace spillway::reading_test
