// Which times of lines are believed: one that is wrong must not spoil those that follow.
#include "controller/cli/line_time.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "controller/cli/commands.hpp"
#include "controller/cli/decide.hpp"
#include "policies/registry.hpp"

namespace spillway::cli::line_time_test {
namespace {

/// "f", "a" (anew) or "-" (refused) for each time in seconds.
std::string told(const std::vector<int>& times) {
  LineTime time{};
  std::string all{};
  for (const int at : times) {
    const auto step{time.see(TimePoint{std::chrono::seconds{at}})};
    all += !step ? "-" : *step == LineTime::Step::anew ? "a" : "f";
  }
  return all;
}

constexpr int day{86'400};

TEST_CASE("lines in the order of time are believed, whatever their distance up to a day") {
  CHECK(told({0, 15, 15, 30, 30 + day, 31 + day}) == "ffffff");
}

TEST_CASE("one line far in the future is refused, and the lines after it count") {
  CHECK(told({0, 15, 90 * day, 30, 45}) == "ff-ff");
  CHECK(told({0, 15, 90 * day, 30, 90 * day, 45}) == "ff-f-f");
  CHECK(told({90 * day, 0, 15, 30, 45}) == "f--af");  // the first line of all was the wrong one
}

TEST_CASE("a pause of more than a day costs one line") {
  CHECK(told({0, 15, 3 * day, 3 * day + 15, 3 * day + 30}) == "ff-ff");
}

TEST_CASE("lines that go back are refused until the third in a row tells of a clock set back") {
  CHECK(told({1000, 900, 1015}) == "f-f");
  CHECK(told({1000, 900, 1015, 900, 1030}) == "f-f-f");
  CHECK(told({1000, 900, 800, 700, 600}) == "f----");  // no order of their own
  CHECK(told({1000, 100, 115, 130, 145}) == "f--af");
}

TEST_CASE("a filter goes on after a time that is far off, and after a clock set back") {
  FilterSettings settings{.workload = "reference", .policy = {}, .replicas_per_vm = 4};
  settings.policy.policies.push_back(draft_policy("auto")->build());
  settings.policy.limits.max_burst = 100;
  std::string lines{};
  const auto line{[&](const std::string& at) {
    lines += "{\"at\":" + at +
             R"(,"load":100,"utilization":0.99,"base":{"ready":8},"burst":{"ready":3}})" + "\n";
  }};
  for (const char* const at : {"1700000000", "1700000015", "1900000000", "1700000030", "1600000000",
                               "1600000015", "1600000030"}) {
    line(at);
  }
  std::istringstream in{lines};
  std::ostringstream out{};
  std::ostringstream errors{};
  CHECK(decide_lines(settings, in, out, errors) == exit_usage);
  CHECK(errors.str().find("line 3: ") != std::string::npos);
  CHECK(errors.str().find("line 4: ") == std::string::npos);
  CHECK(errors.str().find("line 5: \"at\" goes back") != std::string::npos);
  CHECK(errors.str().find("line 7: ") == std::string::npos);
  CHECK(out.str().find("{\"at\":1600000030,") != std::string::npos);
}

}  // namespace
}  // namespace spillway::cli::line_time_test
