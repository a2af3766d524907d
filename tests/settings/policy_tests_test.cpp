// The `tests:` of a workload: what they can say, and what they tell when they fail.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "controller/settings/load_config.hpp"
#include "tests/settings/fake_environment.hpp"
#include "tests/settings/policy_config.hpp"

namespace spillway::policy_tests_test {

using namespace spillway::settings;
using testing::config_with;
using testing::errors_of;

namespace {

std::string errors_of_tests(const std::string& tests) {
  const std::string text{config_with("{type: target_utilization, replica_capacity: 10/s}") +
                         "    tests:\n" + tests};
  return errors_of(parse_config(text, "spillway.yaml", FakeEnvironment{}, Tests::run));
}

}  // namespace

TEST_CASE("a misspelt reading of a test is not taken for a missing one") {
  const std::string errors{errors_of_tests(
      "      - {name: x, given: [{base: 6, readings: {laod: 84}}], expect: {at_least: 0}}\n")};
  CHECK(errors.find("gives a reading of \"laod\", which the workload has not; did you mean "
                    "\"load\"?") != std::string::npos);
  CHECK(errors.find("tests[0].given[0].readings.laod") != std::string::npos);
}

TEST_CASE("tests in the config run, and what fails says what was expected, what came, and why") {
  CHECK(errors_of_tests(R"(      - name: a full cluster bursts
        given:
          - {base: 6, readings: {load: 40}}
          - {for: 1m, base: 6, readings: {load: 84}}
        expect: {desired: 12, burst: 6, because: LoadWithinTarget}
)") == "");
  CHECK(errors_of_tests(R"(      - name: a full cluster bursts
        given:
          - {base: 6, readings: {load: 84}}
        expect:
          desired: 13
          burst: 6
          at_most: 11
          because: Saturated
)") == "spillway.yaml:19:11: workloads.web.tests[0].expect.desired: test \"a full cluster "
       "bursts\" failed: expected desired 13, got 12 (LoadOverTarget: desired 12, burst 6 "
       "(arbiter 6 -> 12: LoadOverTarget) (local_first 12 -> 6: DemandExceedsBase); "
       "target_utilization: 84.0 req/s need 12 replicas of 10 req/s at 70 %)\n"
       "spillway.yaml:21:11: workloads.web.tests[0].expect.at_most: test \"a full cluster "
       "bursts\" failed: expected at most 11 desired, got 12 (LoadOverTarget: desired 12, burst 6 "
       "(arbiter 6 -> 12: LoadOverTarget) (local_first 12 -> 6: DemandExceedsBase); "
       "target_utilization: 84.0 req/s need 12 replicas of 10 req/s at 70 %)\n"
       "spillway.yaml:22:11: workloads.web.tests[0].expect.because: test \"a full cluster "
       "bursts\" failed: expected Saturated, got LoadOverTarget (LoadOverTarget: desired 12, "
       "burst 6 (arbiter 6 -> 12: LoadOverTarget) (local_first 12 -> 6: DemandExceedsBase); "
       "target_utilization: 84.0 req/s need 12 replicas of 10 req/s at 70 %)\n");
}

TEST_CASE("a test can tell blindness, an unknown cluster, and what happens over time") {
  CHECK(errors_of_tests(R"(      - name: blindness does not shrink
        given:
          - {base: 6, readings: {load: 84}}
          - {for: 10m, base: 6, readings: {load: missing}}
        expect: {desired: 12, burst: 6}
      - name: nor do old readings
        given:
          - {base: 6, readings: {load: 84}}
          - {for: 10m, base: 6, readings: {load: stale 7}}
        expect: {at_least: 12}
      - name: the stabilization window holds for two minutes
        every: 30s
        given:
          - {base: 6, readings: {load: 84}}
          - {for: 90s, base: 6, readings: {load: 7}}
        expect: {desired: 12}
      - name: and then it lets go
        every: 30s
        given:
          - {base: 6, readings: {load: 84}}
          - {for: 150s, base: 6, readings: {load: 7}}
        expect: {desired: 1, burst: 0}
      - name: an unknown cluster keeps its burst
        given:
          - {base: 6, readings: {load: 84}}
          - {for: 5m, readings: {load: 7}}
        expect: {burst: 6}
)") == "");
}

TEST_CASE("a test can say who it is for, what starts and drains, and how long starts take") {
  FakeEnvironment environment{};
  environment.files["seen.lua"] = R"(
    function recommend(now)
      local seen = string.format('%s %d %d %d %d %d %.0f %.0f', now.workload, now.vms.ready,
        now.vms.starting, now.burst.serving, now.burst.starting, now.burst.draining,
        now.start.median, now.start.p95)
      local floors = {['web 4 8 3 2 1 90 200'] = 41, ['web 0 0 0 0 0 30 60'] = 42,
                      ['web 0 0 0 0 0 45 90'] = 43, ['web 0 0 0 0 0 20 20'] = 44}
      return {floor = floors[seen] or 1, words = seen}
    end)";
  const auto errors{[&](const std::string& given, int desired) {
    const std::string text{config_with("{type: lua, file: seen.lua}") +
                           "    tests:\n      - name: seen\n        given: [{base: 6" + given +
                           "}]\n        expect: {desired: " + std::to_string(desired) + "}\n"};
    return errors_of(parse_config(text, "spillway.yaml", environment, Tests::run));
  }};
  CHECK(errors(", vms: 4, vms_starting: 8, burst: 3, burst_starting: 2, burst_draining: 1, "
               "start_median: 90s, start_p95: 200s",
               41) == "");
  CHECK(errors("", 42) == "");
  CHECK(errors(", start_median: 45s", 43) == "");
  CHECK(errors(", start_p95: 20s", 44) == "");
  CHECK(errors(", burst_startin: 2", 42).find("burst_starting") != std::string::npos);
}

TEST_CASE("a test can say what a standby pool holds, and that there is none is not an empty one") {
  FakeEnvironment environment{};
  environment.files["warm.lua"] = R"(
    function recommend(now)
      local pool = now.standby
      local seen = pool and string.format('%d %d %.0f', pool.ready, pool.starting, pool.start)
      local floors = {['2 1 7'] = 41, ['2 0 5'] = 42, ['0 0 5'] = 43}
      return {floor = seen and floors[seen] or 44, words = seen or 'none'}
    end)";
  const auto errors{[&](const std::string& given, int desired) {
    const std::string text{config_with("{type: lua, file: warm.lua}") +
                           "    tests:\n      - name: warm\n        given: [{base: 6" + given +
                           "}]\n        expect: {desired: " + std::to_string(desired) + "}\n"};
    return errors_of(parse_config(text, "spillway.yaml", environment, Tests::run));
  }};
  CHECK(errors(", standby: {ready: 2, starting: 1, start: 7s}", 41) == "");
  CHECK(errors(", standby: {ready: 2}", 42) == "");
  CHECK(errors(", standby: {ready: 0}", 43) == "");
  CHECK(errors("", 44) == "");
}

TEST_CASE("mistakes in tests are told like others, and tests of a broken config do not run") {
  struct Row {
    std::string test;
    std::string error;
  };
  for (const Row& row : std::vector<Row>{
           {"      - {name: x, given: [{base: 6}], expect: {}}\n",
            "expects nothing: name desired, burst, vms, at_least, at_most or because"},
           {"      - {name: x, given: [{base: 6}], expect: {desird: 5}}\n",
            "did you mean \"desired\"?"},
           {"      - {name: x, given: [{base: 6, readings: {load: lots}}], expect: {burst: 1}}\n",
            "\"lots\" is not valid; expected a number such as 120, a share such as 70%, missing, "
            "or stale 120"},
           {"      - {name: x, given: [{base: 6}], expect: {because: Becuase}}\n",
            "expected a reason such as LoadOverTarget"},
           {"      - {name: x, start: 2026-02-30T00:00:00Z, given: [{base: 6}], expect: {burst: "
            "1}}\n",
            "expected an instant such as 2026-01-05T12:00:00Z"},
           {"      - {name: x, expect: {burst: 1}}\n", "given: required"},
           {"      - {name: x, given: [{standby: 2}], expect: {burst: 1}}\n",
            "given[0].standby: found \"2\"; expected a section of keys with values"},
           {"      - {name: x, given: [{standby: {starting: 1}}], expect: {burst: 1}}\n",
            "given[0].standby.ready: required key is missing; expected a whole number"},
           {"      - {name: x, given: [{standby: {ready: -1}}], expect: {burst: 1}}\n",
            "given[0].standby.ready: \"-1\" is out of range; expected a whole number from 0"},
           {"      - {name: x, given: [{standby: {ready: 2, start_s: 5}}], expect: {burst: 1}}\n",
            "given[0].standby.start_s: unknown key; did you mean \"start\"?"},
           {"      - {name: x, given: [{standby: {ready: 2, start: 2h}}], expect: {burst: 1}}\n",
            "given[0].standby.start: \"2h\" is out of range; expected a duration of at most 1h"},
           {"      - {name: x, every: 1s, given: [{for: 14d}], expect: {burst: 1}}\n",
            "has more than 100000 ticks"}}) {
    CAPTURE(row.test);
    const std::string errors{errors_of_tests(row.test)};
    CAPTURE(errors);
    CHECK(errors.find(row.error) != errors.npos);
  }
}

}  // namespace spillway::policy_tests_test
