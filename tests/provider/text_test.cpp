#include "controller/provider/aci/text.hpp"

#include <doctest/doctest.h>

#include "tests/support/printing.hpp"

namespace spillway::aci::text_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

TEST_CASE("times are read with any number of decimals and with offsets") {
  CHECK(parse_time("2026-11-23T12:00:00Z") == noon);
  CHECK(parse_time("2026-11-23T12:00:00.1Z") == noon + 100ms);
  CHECK(parse_time("2026-11-23T12:00:00.1234567Z") == noon + 123ms);
  CHECK(parse_time("2026-11-23T14:00:00+02:00") == noon);
  CHECK(parse_time("2026-11-23T06:30:00.5-05:30") == noon + 500ms);
  CHECK(parse_time(spillway::to_string(noon + 7ms)) == noon + 7ms);
}

TEST_CASE("what is not a time is nothing") {
  for (const char* text :
       {"", "now", "2026-11-23", "2026-11-23T12:00:00", "2026-13-23T12:00:00Z",
        "2026-02-30T12:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T12:60:00Z",
        "2026-11-23T12:00:00Zx", "2026-11-23T12:00:00+2:00", "2026-11-23T12:00:00+99:00",
        "-026-11-23T12:00:00Z", "2026-11-23T12:00:-1Z", "2026-11-23T12:00:00.", "99999999999"}) {
    CAPTURE(text);
    CHECK(!parse_time(text));
  }
  const std::string whole{"2026-11-23T12:00:00.000+00:00"};
  for (std::size_t size{0}; size < whole.size(); ++size) {
    CHECK(!parse_time(whole.substr(0, size)));
  }
}

TEST_CASE("words compare without case, regions in both spellings") {
  CHECK(equals_ignoring_case("ResourceGroups", "resourcegroups"));
  CHECK(!equals_ignoring_case("a", "ab"));
  CHECK(contains_ignoring_case("The QUOTA is", "quota"));
  CHECK(!contains_ignoring_case("quot", "quota"));
  CHECK(region_name("West US 2") == "westus2");
  CHECK(region_name("WestUs") == "westus");
}

}  // namespace
}  // namespace spillway::aci::text_test
