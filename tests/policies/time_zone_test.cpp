#include "policies/latency/time_zone.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"
#include "tests/support/skip.hpp"

namespace spillway::time_zone_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::local_days;
using std::chrono::sys_days;
using std::chrono::year;

TimeZone zone_of(std::string_view rule) {
  std::vector<TimeZone::Transition> transitions{};
  const bool is_rule{append_posix_rule(transitions, rule, sys_days{year{2025} / 1 / 1}, 2030)};
  if (!is_rule) transitions.clear();  // and every check fails
  return {1h, std::move(transitions)};
}

const TimeZone berlin{zone_of("CET-1CEST,M3.5.0,M10.5.0/3")};

TimePoint utc(int month, int day, Duration time) {
  return sys_days{year{2026} / month / day} + time;
}

LocalTime local(int month, int day, std::chrono::seconds time) {
  return local_days{year{2026} / month / day} + time;
}

TEST_CASE("a rule gives the changes of every year") {
  CHECK(berlin.offset_at(utc(3, 29, 1h - 1ms)) == 1h);
  CHECK(berlin.offset_at(utc(3, 29, 1h)) == 2h);
  CHECK(berlin.offset_at(utc(10, 25, 1h - 1ms)) == 2h);
  CHECK(berlin.offset_at(utc(10, 25, 1h)) == 1h);
  const TimeZone new_york{zone_of("EST5EDT,M3.2.0,M11.1.0")};
  CHECK(new_york.offset_at(utc(3, 8, 7h)) == -4h);
  CHECK(new_york.offset_at(utc(11, 1, 6h)) == -5h);
  const TimeZone southern{zone_of("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")};  // half an hour
  CHECK(southern.offset_at(utc(1, 15, 0h)) == 11h);
  CHECK(southern.offset_at(utc(6, 15, 0h)) == 10h + 30min);
  const TimeZone by_day{zone_of("<+0330>-3:30<+0430>,J79/24,J263/24")};
  CHECK(by_day.offset_at(utc(6, 1, 0h)) == 4h + 30min);
}

TEST_CASE("local times become instants, also where the clocks jump") {
  CHECK(berlin.to_utc(local(7, 1, 8h)) == utc(7, 1, 6h));
  CHECK(berlin.to_utc(local(12, 1, 8h)) == utc(12, 1, 7h));
  CHECK(berlin.to_utc(local(3, 29, 1h + 59min)) == utc(3, 29, 59min));
  CHECK(berlin.to_utc(local(3, 29, 2h + 30min)) == utc(3, 29, 1h));  // does not exist: the change
  CHECK(berlin.to_utc(local(3, 29, 3h)) == utc(3, 29, 1h));
  CHECK(berlin.to_utc(local(10, 25, 2h + 30min)) == utc(10, 25, 30min));  // the first of two
  CHECK(berlin.to_utc(local(10, 25, 3h)) == utc(10, 25, 2h));
  CHECK(TimeZone{}.to_utc(local(10, 25, 3h)) == utc(10, 25, 3h));
}

TEST_CASE("every instant outside a repeated hour comes back from its local time") {
  testing::for_each_seed(2000, [](testing::Gen& gen) {
    const TimePoint at{utc(1, 1, 0h) + std::chrono::minutes{gen.integer(0, 525'599)}};
    const TimePoint back{berlin.to_utc(berlin.to_local(at))};
    const bool is_repeated{at >= utc(10, 25, 1h) && at < utc(10, 25, 2h)};
    CHECK(back == (is_repeated ? at - 1h : at));
  });
}

TEST_CASE("rules that are none are refused, and cost nothing") {
  for (const std::string_view rule :
       {"", "CET", "C-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0,x",
        "<CET-1", "CET-1CEST,J0,J5", "CET-999", "CET-1CEST,M3.5.0/,M10.5.0"}) {
    CAPTURE(rule);
    std::vector<TimeZone::Transition> transitions{};
    CHECK_FALSE(append_posix_rule(transitions, rule, {}, 2030));
  }
}

TEST_CASE("zone names cannot lead out of their folder") {
  for (const std::string_view name : {"UTC", "Europe/Berlin", "America/Argentina/Ushuaia",
                                      "Etc/GMT+3", "America/Port-au-Prince", "EST5EDT"}) {
    CHECK(is_zone_name(name));
  }
  for (const std::string_view name : {"", "/etc/passwd", "../x", "Europe/", "a//b", "a b", "a.b"}) {
    CHECK_FALSE(is_zone_name(name));
  }
}

std::string file_of(const std::string& zone) {
  std::ifstream file{"/usr/share/zoneinfo/" + zone, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_CASE("the system's zones agree with the C library at any instant up to 2090") {
  if (file_of("Europe/Berlin").empty())
    return testing::skip_test("no time zone database on this machine");
  for (const std::string zone :
       {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
        "America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran", "Pacific/Apia", "Europe/Dublin"}) {
    CAPTURE(zone);
    const ParsedZone parsed{parse_tzif(file_of(zone))};
    REQUIRE(parsed.zone);
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
    testing::for_each_seed(300, [&](testing::Gen& gen) {
      const std::chrono::sys_seconds at{std::chrono::seconds{gen.integer(0, 2'000'000'000)} +
                                        std::chrono::seconds{gen.integer(0, 1'780'000'000)}};
      const ::time_t instant{at.time_since_epoch().count()};
      ::tm broken{};
      ::localtime_r(&instant, &broken);
      CHECK(parsed.zone->offset_at(at).count() == broken.tm_gmtoff);
    });
  }
  ::unsetenv("TZ");
  ::tzset();
}

TEST_CASE("mutilated files give a zone or a problem, and never anything else") {
  std::string whole{file_of("Europe/Berlin")};
  if (whole.empty()) return testing::skip_test("no time zone database on this machine");
  for (std::size_t size{0}; size < whole.size(); size += 7) {
    const ParsedZone cut{parse_tzif(std::string_view{whole}.substr(0, size))};
    CHECK((cut.zone.has_value() || !cut.problem.empty()));
  }
  testing::for_each_seed(3000, [&](testing::Gen& gen) {
    std::string bytes{whole};
    for (int i{gen.integer(1, 8)}; i > 0; --i) {
      const auto at{gen.chance(0.5) ? gen.integer(0, 43)
                                    : gen.integer(0, static_cast<int>(bytes.size()) - 1)};
      bytes[static_cast<std::size_t>(at)] = static_cast<char>(gen.integer(-128, 127));
    }
    const ParsedZone parsed{parse_tzif(bytes)};
    CHECK(parsed.zone.has_value() == parsed.problem.empty());
    if (parsed.zone) {
      const LocalTime shown{parsed.zone->to_local(utc(7, 1, 8h))};
      CHECK(parsed.zone->to_utc(shown) <= utc(7, 3, 8h));
    }
  });
}

}  // namespace
}  // namespace spillway::time_zone_test
