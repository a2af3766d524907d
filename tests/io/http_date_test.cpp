#include "controller/io/http_date.hpp"

#include <doctest/doctest.h>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::io::http_date_test {
namespace {

using testing::monday_noon;

TEST_CASE("a date of HTTP is read, and nothing that only looks like one") {
  CHECK(parse_http_date("Mon, 23 Nov 2026 12:00:00 GMT") == monday_noon);
  for (const char* text : {"", "Mon, 23 Nov 2026 12:00:00 UTC", "Mon, 23 Xxx 2026 12:00:00 GMT",
                           "Mon, 31 Feb 2026 12:00:00 GMT", "Mon, 23 Nov 2026 25:00:00 GMT",
                           "Monday, 23-Nov-26 12:00:00 GM", "Mon, 2x Nov 2026 12:00:00 GMT"}) {
    CAPTURE(text);
    CHECK(!parse_http_date(text));
  }
}

}  // namespace
}  // namespace spillway::io::http_date_test
