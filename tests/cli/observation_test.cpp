// The filter's lines: what is read, what is refused and how, and what is written.
#include "controller/cli/observation.hpp"

#include <doctest/doctest.h>
#include <boost/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "controller/cli/commands.hpp"
#include "controller/cli/decide.hpp"
#include "policies/registry.hpp"

namespace spillway::cli::observation_test {
namespace {

FilterSettings usual() {
  FilterSettings settings{.workload = "reference", .policy = {}, .replicas_per_vm = 4};
  settings.policy.policies.push_back(draft_policy("auto")->build());
  settings.policy.limits.max_burst = 100;
  settings.policy.behavior.scale_in.stabilization_window = Duration::zero();
  return settings;
}

TEST_CASE("a whole line becomes a snapshot, machines counted as their replicas") {
  const auto snapshot{parse_observation(
      R"({"at":30.5,"load":142.5,"utilization":0.81,"queue":3,"late":0.002,"base":{"ready":8},)"
      R"("vms":{"ready":1,"starting":2},"burst":{"ready":4,"starting":2,"draining":1}})",
      "web", 4)};
  REQUIRE(snapshot.has_value());
  CHECK(snapshot->taken_at == TimePoint{duration_of_seconds(30.5)});
  CHECK(snapshot->readings["load"].fresh_value() == 142.5);
  CHECK(snapshot->readings["late"].fresh_value() == 0.002);
  CHECK(snapshot->fleet.base->ready == 8_replicas);
  CHECK(snapshot->fleet.vms.ready == 4_replicas);
  CHECK(snapshot->fleet.vms.starting == 8_replicas);
  CHECK(count_burst(*snapshot->fleet.burst) == BurstCount{{4}, {2}, {1}});
}

TEST_CASE("null and absent are missing, which is not zero") {
  const auto snapshot{parse_observation(R"({"at":0,"load":null,"base":null,"extra":[1]})", "w", 1)};
  REQUIRE(snapshot.has_value());
  CHECK(snapshot->readings["load"].quality() == Quality::missing);
  CHECK(snapshot->readings["utilization"].quality() == Quality::missing);
  CHECK(!snapshot->fleet.base);
  CHECK(!snapshot->fleet.burst);
}

TEST_CASE("what is no observation is refused with what was found and expected") {
  struct Row {
    const char* line;
    const char* words;
  };
  for (const Row& row : {
           Row{"", "expected a JSON object"},
           Row{"[1]", "a list; expected a JSON object"},
           Row{"{\"at\":1", "expected a JSON object"},
           Row{"{}", "\"at\" is missing"},
           Row{R"({"at":"1"})", "\"at\" is a text; expected a number"},
           Row{R"({"at":-1})", "expected 0 to"},
           Row{R"({"at":1,"load":-2})", "\"load\" is -2; expected 0 to"},
           Row{R"({"at":1,"load":1e999})", "\"load\""},
           Row{R"({"at":1,"late":7})", "\"late\" is 7; expected 0 to"},
           Row{R"({"at":1,"base":3})", "\"base\" is a number; expected an object"},
           Row{R"({"at":1,"base":{"ready":1.5}})", "expected a whole number"},
           Row{R"({"at":1,"burst":{"ready":-1}})", "burst"},
           Row{R"({"at":1,"vms":{"ready":1000000}})", "too many"},
           Row{R"({"at":1} {"at":2})", "expected a JSON object"},
           Row{R"({"at":1,"x":[[[[[[[[[[1]]]]]]]]]]})", "expected a JSON object"},
       }) {
    CAPTURE(row.line);
    const auto snapshot{parse_observation(row.line, "w", 4)};
    REQUIRE(!snapshot.has_value());
    CAPTURE(to_string(snapshot.error()));
    CHECK(to_string(snapshot.error()).find(row.words) != std::string::npos);
  }
}

TEST_CASE("each line gets one answer, and the memory goes on from line to line") {
  std::istringstream in{
      "{\"at\":0,\"base\":{\"ready\":8},\"burst\":{}}\n"
      "\n"
      "{\"at\":30,\"load\":120,\"utilization\":1,\"late\":1,\"base\":{\"ready\":8},\"burst\":{}}"
      "\r\n"
      "{\"at\":45,\"load\":null,\"base\":{\"ready\":8},\"burst\":{\"starting\":6}}"};
  std::ostringstream out{};
  std::ostringstream errors{};
  CHECK(decide_lines(usual(), in, out, errors) == exit_ok);
  CHECK(errors.str() == "");
  std::istringstream lines{out.str()};
  std::string line{};
  std::vector<boost::json::object> answers{};
  while (std::getline(lines, line)) answers.push_back(boost::json::parse(line).as_object());
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].at("burst").as_int64() == 0);
  CHECK(answers[1].at("at").as_int64() == 30);
  CHECK(answers[1].at("burst").as_int64() > 0);
  CHECK(answers[1].at("trail").as_array().size() > 0);
  CHECK(answers[1].at("because").is_string());
  // The blind tick keeps at least what was wanted.
  CHECK(answers[2].at("burst").as_int64() >= answers[1].at("burst").as_int64());
}

TEST_CASE("the first bad line ends the filter with its number, after all before were answered") {
  std::istringstream in{"{\"at\":0}\n{\"at\":15,\"load\":\"x\"}\n{\"at\":30}\n"};
  std::ostringstream out{};
  std::ostringstream errors{};
  CHECK(decide_lines(usual(), in, out, errors) == exit_usage);
  CHECK(errors.str().starts_with("spillway: line 2: "));
  CHECK(std::ranges::count(out.str(), '\n') == 1);
  std::istringstream backwards{"{\"at\":15}\n{\"at\":0}\n"};
  CHECK(decide_lines(usual(), backwards, out, errors) == exit_usage);
  std::istringstream endless{std::string(longest_line + 1, ' ')};
  CHECK(decide_lines(usual(), endless, out, errors) == exit_usage);
  CHECK(errors.str().find("longer than") != std::string::npos);
}

TEST_CASE("a sensor that goes blind never makes the filter shrink") {
  std::ostringstream script{};
  for (int tick{1}; tick <= 200; ++tick) {
    script << "{\"at\":" << 15 * tick
           << ",\"load\":" << (tick > 100 ? "null" : std::to_string(100 + tick))
           << ",\"utilization\":0.9,\"base\":{\"ready\":8},\"burst\":{\"ready\":12}}\n";
  }
  std::istringstream in{script.str()};
  std::ostringstream out{};
  std::ostringstream errors{};
  REQUIRE(decide_lines(usual(), in, out, errors) == exit_ok);
  std::istringstream lines{out.str()};
  std::string line{};
  std::int64_t before{0};
  for (int tick{1}; std::getline(lines, line); ++tick) {
    const std::int64_t burst{boost::json::parse(line).as_object().at("burst").as_int64()};
    if (tick > 100) CHECK(burst >= before);
    before = burst;
  }
}

}  // namespace
}  // namespace spillway::cli::observation_test
