#include "policies/latency/schedule.hpp"

#include <string>
#include <vector>

#include "tests/policies/scene.hpp"
#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::schedule_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;
using testing::scene;

TimeZone berlin() {
  std::vector<TimeZone::Transition> transitions{};
  REQUIRE(append_posix_rule(transitions, "CET-1CEST,M3.5.0,M10.5.0/3", sys_days{year{2025} / 1 / 1},
                            2030));
  return {1h, std::move(transitions)};
}

TimePoint utc(int month, int day, Duration time) {
  return sys_days{year{2026} / month / day} + time;
}

Schedule schedule(std::string cron, Duration duration, Duration ahead = 0s) {
  return Schedule{{.windows = {{.cron = std::move(cron),
                                .duration = duration,
                                .time_zone = "Europe/Berlin",
                                .replicas = 20,
                                .zone = berlin()}},
                   .ahead = ahead}};
}

int floor_at(const Schedule& policy, TimePoint at) {
  return policy.recommend(scene(4, 0, at), {}).floor->count;
}

TEST_CASE("working hours in Berlin begin at 06:00 UTC in summer and at 07:00 UTC in winter") {
  const Schedule policy{schedule("0 8 * * mon-fri", 10h)};
  CHECK(floor_at(policy, utc(7, 1, 6h - 1ms)) == 0);
  CHECK(floor_at(policy, utc(7, 1, 6h)) == 20);
  CHECK(floor_at(policy, utc(7, 1, 16h - 1ms)) == 20);
  CHECK(floor_at(policy, utc(7, 1, 16h)) == 0);
  CHECK(floor_at(policy, utc(12, 1, 7h - 1ms)) == 0);
  CHECK(floor_at(policy, utc(12, 1, 7h)) == 20);
  CHECK(floor_at(policy, utc(7, 4, 8h)) == 0);  // a Saturday
  CHECK(policy.recommend(scene(4, 0, utc(7, 1, 7h)), {}).words ==
        "\"0 8 * * mon-fri\" (Europe/Berlin) asks for 20 from 2026-07-01T06:00:00.000Z to "
        "2026-07-01T16:00:00.000Z");
}

TEST_CASE("replicas can be asked for ahead of the window") {
  const Schedule policy{schedule("0 8 * * *", 1h, 2min)};
  CHECK(floor_at(policy, utc(7, 1, 6h - 2min)) == 20);
  CHECK(floor_at(policy, utc(7, 1, 7h - 2min)) == 0);
}

TEST_CASE("a window over the change of the clocks lasts as long as it says") {
  const Schedule spring{schedule("0 0 29 3 *", 4h)};  // from 23:00 UTC of the 28th
  CHECK(floor_at(spring, utc(3, 28, 23h)) == 20);
  CHECK(floor_at(spring, utc(3, 29, 3h - 1s)) == 20);
  CHECK(floor_at(spring, utc(3, 29, 3h)) == 0);
  const Schedule autumn{schedule("0 0 25 10 *", 4h)};  // from 22:00 UTC of the 24th
  CHECK(floor_at(autumn, utc(10, 25, 2h - 1s)) == 20);
  CHECK(floor_at(autumn, utc(10, 25, 2h)) == 0);
}

TEST_CASE(
    "half past two: skipped in March it is at the change, doubled in October it is the first") {
  const Schedule policy{schedule("30 2 * * *", 10min)};
  CHECK(floor_at(policy, utc(3, 29, 1h - 1s)) == 0);
  CHECK(floor_at(policy, utc(3, 29, 1h)) == 20);
  CHECK(floor_at(policy, utc(3, 29, 1h + 10min)) == 0);
  CHECK(floor_at(policy, utc(10, 25, 30min)) == 20);
  CHECK(floor_at(policy, utc(10, 25, 1h + 30min)) == 0);
}

TEST_CASE("a long window is found from its last day, and several take the highest") {
  const Schedule month{schedule("0 0 1 * *", 24h * 31)};
  CHECK(floor_at(month, utc(1, 31, 22h)) == 20);
  Schedule both{{.windows = {{.cron = "0 8 * * *", .duration = 4h, .replicas = 5},
                             {.cron = "0 10 * * *", .duration = 1h, .replicas = 9}}}};
  CHECK(floor_at(both, utc(7, 1, 9h)) == 5);
  CHECK(floor_at(both, utc(7, 1, 10h)) == 9);
  CHECK(floor_at(both, utc(7, 1, 11h)) == 5);
}

TEST_CASE("a window of a year's one night, in the night that has no midnight before it") {
  const Schedule policy{schedule("59 23 31 dec *", 2min)};
  CHECK(floor_at(policy, utc(12, 31, 22h + 59min)) == 20);
  CHECK(floor_at(policy, utc(12, 31, 23h)) == 20);
  CHECK(floor_at(policy, utc(12, 31, 23h + 1min)) == 0);
}

TEST_CASE("cron expressions are read as crontab reads them") {
  struct Row {
    std::string text;
    std::vector<int> days;  ///< of July 2026 that match; the 1st is a Wednesday
  };
  for (const Row& row : std::vector<Row>{
           {"0 0 * * fri", {3, 10, 17, 24, 31}},
           {"0 0 * * 5-7", {3, 4, 5, 10, 11, 12, 17, 18, 19, 24, 25, 26, 31}},
           {"0 0 13 * *", {13}},
           {"0 0 13 * fri", {3, 10, 13, 17, 24, 31}},  // both restricted: either matches
           {"0 0 */10 * *", {1, 11, 21, 31}},
           {"0 0 1,15 jul *", {1, 15}},
           {"0 0 * aug *", {}},
           {"0 0 20-22 7 *", {20, 21, 22}}}) {
    CAPTURE(row.text);
    const auto cron{Cron::parse(row.text)};
    REQUIRE(cron);
    std::vector<int> days{};
    for (int day{1}; day <= 31; ++day) {
      if (cron->matches_day(std::chrono::local_days{year{2026} / 7 / day})) days.push_back(day);
    }
    CHECK(days == row.days);
  }
}

TEST_CASE("expressions that are none are refused with the reason") {
  struct Row {
    std::string text;
    std::string problem;
  };
  for (const Row& row :
       std::vector<Row>{{"", "has 0 fields instead of 5"},
                        {"0 8 * *", "has 4 fields instead of 5"},
                        {"60 8 * * *", "\"60\" is no minute (0 to 59)"},
                        {"0 24 * * *", "\"24\" is no hour (0 to 23)"},
                        {"0 8 0 * *", "\"0\" is no day of the month (1 to 31)"},
                        {"0 8 * foo *", "\"foo\" is no month (1 to 12)"},
                        {"0 8 * * mon-", "\"mon-\" is no day of the week (0 to 7)"},
                        {"0 8 * * fri-mon", "\"fri-mon\" is no day of the week (0 to 7)"},
                        {"*/0 8 * * *", "\"*/0\" is no minute (0 to 59)"},
                        {"1,,2 8 * * *", "\"\" is no minute (0 to 59)"},
                        {"0 8 31 2 *", "never comes: no such month has such a day"},
                        {"0 8 31 4,jun,9,11 *", "never comes: no such month has such a day"},
                        {"@reboot", "has 1 fields instead of 5"}}) {
    CAPTURE(row.text);
    std::string problem{};
    CHECK_FALSE(Cron::parse(row.text, &problem));
    CHECK(problem == row.problem);
  }
  CHECK(Cron::parse("@daily"));
  CHECK(Cron::parse("0 8 29 2 *"));
  CHECK(Cron::parse("0 8 31 2,3 *"));
  CHECK(Cron::parse("0 8 31 2 mon"));  // on the Mondays
}

TEST_CASE("the last firing agrees with trying every minute") {
  const TimeZone zone{berlin()};
  const std::vector<std::string> texts{"30 2 * * *", "0 */6 * * *", "15,45 1-3 * * sun",
                                       "0 12 25 10 *", "*/20 2 29 3 *"};
  testing::for_each_seed(60, [&](testing::Gen& gen) {
    const auto& text{texts.at(static_cast<std::size_t>(gen.integer(0, 4)))};
    CAPTURE(text);
    const Cron cron{*Cron::parse(text)};
    const TimePoint around{gen.chance(0.5) ? utc(3, 29, 0h) : utc(10, 25, 0h)};
    const TimePoint now{around + std::chrono::minutes{gen.integer(-600, 2000)}};
    std::optional<TimePoint> expected{};
    // Every local minute of the last two days, and when the clocks show it.
    const auto today{std::chrono::floor<std::chrono::days>(zone.to_local(now))};
    for (LocalTime at{today - std::chrono::days{2}}; at < today + std::chrono::days{2};
         at += 1min) {
      const auto day{std::chrono::floor<std::chrono::days>(at)};
      const auto time{std::chrono::floor<std::chrono::minutes>(at - day)};
      if (cron.last_of(day, time) != time) continue;
      const TimePoint fires{zone.to_utc(at)};
      if (fires <= now && (!expected || fires > *expected)) expected = fires;
    }
    const auto found{last_firing(cron, zone, now, 24h)};
    if (expected && *expected > now - 24h) CHECK(found == expected);
  });
}

}  // namespace
}  // namespace spillway::schedule_test
