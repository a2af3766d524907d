#include "controller/core/units.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/printing.hpp"

namespace spillway::units_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an instant is written as RFC 3339 in UTC") {
  CHECK(to_string(TimePoint{0ms}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_string(TimePoint{1'795'444'200'250ms}) == "2026-11-23T14:30:00.250Z");
}

TEST_CASE("a duration is written as the config file writes it") {
  struct Row {
    Duration duration;
    std::string text;
  };
  for (const Row& row : {Row{0ms, "0s"}, Row{250ms, "250ms"}, Row{90s, "1m30s"}, Row{24h, "24h"},
                         Row{-90s, "-1m30s"}, Row{3601s, "1h1s"}}) {
    CAPTURE(row.text);
    CHECK(to_string(row.duration) == row.text);
  }
}

TEST_CASE("small amounts of money keep the digits that matter") {
  CHECK(to_string(usd(12.345)) == "12.35 USD");
  CHECK(to_string(usd(0.001485)) == "0.001485 USD");
  CHECK(to_string(Money{}) == "0.00 USD");
}

TEST_CASE("a day of per-second bills adds up to the hourly price") {
  const HourlyPrice replica{usd(0.0594)};
  Money sum{};
  for (int s{0}; s < 86'400; ++s) sum += replica.for_time(1s);
  CHECK(sum == usd(24 * 0.0594));
}

}  // namespace
}  // namespace spillway::units_test
