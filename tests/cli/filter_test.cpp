// The filter as a dialogue: a line in, a line out, and what goes on from one to the next.
#include <doctest/doctest.h>
#include <algorithm>
#include <boost/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "controller/cli/commands.hpp"
#include "controller/cli/decide.hpp"
#include "policies/cost/budget.hpp"
#include "policies/cost/price_ceiling.hpp"
#include "policies/latency/queue_backlog.hpp"
#include "policies/latency/target_utilization.hpp"
#include "policies/registry.hpp"

namespace spillway::cli::filter_test {
namespace {

FilterSettings usual() {
  FilterSettings settings{.workload = "reference", .policy = {}, .replicas_per_vm = 4};
  settings.policy.policies.push_back(draft_policy("auto")->build());
  settings.policy.limits.max_burst = 100;
  settings.policy.behavior.scale_in.stabilization_window = Duration::zero();
  return settings;
}

TEST_CASE("each line gets one answer, and the memory goes on from line to line") {
  std::istringstream in{
      "{\"at\":0,\"base\":{\"ready\":8},\"burst\":{\"ready\":0}}\n"
      "\n"
      "{\"at\":30,\"load\":120,\"utilization\":1,\"late\":1,\"base\":{\"ready\":8},\"burst\":{"
      "\"ready\":0}}"
      "\r\n"
      "{\"at\":45,\"load\":null,\"base\":{\"ready\":8},\"burst\":{\"ready\":0,\"starting\":6}}"};
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

/// What the filter answers to lines, and what else it says.
struct Dialogue {
  int code{exit_ok};
  std::vector<boost::json::object> answers{};
  std::string errors{};

  std::int64_t burst(std::size_t line) const { return answers.at(line).at("burst").as_int64(); }
  std::int64_t vms(std::size_t line) const { return answers.at(line).at("vms").as_int64(); }
};

Dialogue converse(const FilterSettings& settings, const std::string& text) {
  std::istringstream in{text};
  std::ostringstream out{};
  std::ostringstream errors{};
  Dialogue dialogue{};
  dialogue.code = decide_lines(settings, in, out, errors);
  dialogue.errors = errors.str();
  std::istringstream lines{out.str()};
  for (std::string line{}; std::getline(lines, line);) {
    dialogue.answers.push_back(boost::json::parse(line).as_object());
  }
  return dialogue;
}

/// A fleet that is busy and known.
std::string busy(int at, const std::string& burst) {
  return "{\"at\":" + std::to_string(at) +
         ",\"load\":150,\"utilization\":0.9,\"late\":0.1,\"base\":{\"ready\":8},\"burst\":" +
         burst + "}\n";
}

TEST_CASE("a line that cannot be used is answered by a hold, and the filter goes on") {
  const std::string good{busy(15, R"({"ready":0})")};
  for (const std::string& bad :
       {std::string{"{\"at\":30,\"load\":\"x\"}"}, std::string{"garbage"},
        std::string{"{\"at\":3}"}, std::string{"[]"}, std::string(longest_line + 1, ' '),
        std::string(3 * longest_line, 'x')}) {
    CAPTURE(bad.substr(0, 40));
    const Dialogue dialogue{
        converse(usual(), good + bad + "\n" + busy(30, R"({"ready":0,"starting":8})"))};
    CHECK(dialogue.code == exit_usage);
    CHECK(dialogue.errors.starts_with("spillway: line 2: "));
    REQUIRE(dialogue.answers.size() == 3);
    CHECK(dialogue.burst(0) > 0);
    CHECK(dialogue.burst(1) == dialogue.burst(0));
    CHECK(dialogue.answers[1].at("at").as_int64() == 15);
    CHECK(dialogue.answers[1].at("because") == "NoData");
    CHECK(dialogue.answers[1].at("error").as_string().starts_with("line 2: "));
    CHECK(!dialogue.answers[2].contains("error"));
    CHECK(dialogue.burst(2) >= dialogue.burst(0));
  }
}

TEST_CASE("a driver that reads no errors is not stopped by a flood of them") {
  std::string lines{};
  for (int i{0}; i < 5'000; ++i) lines += "garbage\n";
  const Dialogue dialogue{converse(usual(), lines)};
  CHECK(dialogue.answers.size() == 5'000);
  CHECK(dialogue.errors.size() < 4'096);
  CHECK(dialogue.errors.find("5000 lines could not be used") != std::string::npos);
}

TEST_CASE("a first line that cannot be used is answered without counts: 0 would drain what runs") {
  const Dialogue dialogue{converse(usual(), "?\n" + busy(0, R"({"ready":0})"))};
  REQUIRE(dialogue.answers.size() == 2);
  CHECK(dialogue.answers[0].at("at").is_null());
  CHECK(dialogue.answers[0].at("burst").is_null());
  CHECK(dialogue.answers[0].at("vms").is_null());
}

TEST_CASE("limits on money act in the filter once a price is told, and go on acting") {
  FilterSettings settings{.workload = "w", .policy = {}, .replicas_per_vm = 1};
  settings.policy.policies.push_back(
      std::make_unique<TargetUtilization>(TargetUtilizationSettings{.replica_capacity_rps = 10.0}));
  settings.policy.policies.push_back(
      std::make_unique<PriceCeiling>(PriceCeilingSettings{.max_rent = HourlyPrice{usd(0.3)}}));
  settings.policy.policies.push_back(
      std::make_unique<Budget>(BudgetSettings{.per_hour = usd(1.0), .per_day = usd(100.0)}));
  settings.policy.limits.max_burst = 100;
  settings.policy.behavior.scale_in.stabilization_window = Duration::zero();
  const auto line{[](int at, const std::string& more) {
    return "{\"at\":" + std::to_string(at) +
           R"(,"load":280,"base":{"ready":8},"burst":{"ready":0})" + more + "}\n";
  }};
  const Dialogue dialogue{
      converse(settings, line(0, "") + line(15, R"(,"price":0.06)") + line(30, "") +
                             line(45, R"(,"price":0.1)") + line(60, R"(,"spend":{"hour":1.2})") +
                             line(75, R"(,"spend":{"day":1.2})") + line(3600, R"(,"price":null)"))};
  REQUIRE(dialogue.code == exit_ok);
  CHECK(dialogue.burst(0) == 32);  // 280 req/s are 40 replicas at 70 %, 8 of them on the cluster
  CHECK(dialogue.burst(1) == 5);   // 0.3 / 0.06
  CHECK(dialogue.burst(2) == 5);
  CHECK(dialogue.burst(3) == 3);
  CHECK(dialogue.burst(4) == 0);  // the hour's dollar is spent
  CHECK(dialogue.burst(5) == 0);
  CHECK(dialogue.burst(6) == 3);  // in a new hour nothing is
}

TEST_CASE(
    "a byte order mark before the first line made all that a program on Windows wrote useless") {
  std::istringstream in{
      "\xEF\xBB\xBF"
      R"({"at":0,"load":40,"base":{"ready":8},"burst":{"ready":0}})"
      "\n"
      "\xEF\xBB\xBF"
      R"({"at":30,"load":40,"base":{"ready":8},"burst":{"ready":0}})"
      "\n"};
  std::ostringstream out{};
  std::ostringstream errors{};
  CHECK(decide_lines(usual(), in, out, errors) == exit_usage);
  CHECK(out.str().find("\"at\":0,\"burst\":0") == 1);
  CHECK(errors.str().find("line 2: ") != std::string::npos);  // only before the first
  CHECK(errors.str().find("line 1: ") == std::string::npos);
}

TEST_CASE("a utilization in percent is refused, not taken for a saturated fleet") {
  const Dialogue dialogue{converse(
      usual(), R"({"at":0,"load":40,"utilization":60,"base":{"ready":8},"burst":{"ready":0}})"
               "\n")};
  REQUIRE(dialogue.answers.size() == 1);
  CHECK(dialogue.answers[0].contains("error"));
}

TEST_CASE("a misspelt key was a reading that is missing, for ever and without a word") {
  std::string lines{};
  for (int tick{0}; tick < 3; ++tick) {
    lines += R"({"at":)" + std::to_string(15 * tick) +
             R"(,"laod":40,"base":{"redy":8},"burst":{"ready":0},"seed":1})"
             "\n";
  }
  const Dialogue dialogue{converse(usual(), lines)};
  CHECK(dialogue.answers.size() == 3);  // ignored, as ever
  CHECK(dialogue.errors ==
        "spillway: line 1: unknown key \"laod\" is ignored; did you mean \"load\"?\n"
        "spillway: line 1: unknown key \"base.redy\" is ignored; did you mean \"ready\"?\n"
        "spillway: line 1: unknown key \"seed\" is ignored; there is at, price, load, utilization, "
        "queue, late, base, vms, burst, start, standby, spend\n");
}

TEST_CASE("a queue policy of one's own signal saw nothing of it in the filter") {
  FilterSettings settings{usual()};
  settings.policy.policies.clear();
  settings.policy.policies.push_back(std::make_shared<QueueBacklog>(
      QueueBacklogSettings{.replica_capacity_rps = 1.0, .signal = "jobs_waiting"}));
  settings.signals = {"jobs_waiting"};
  const Dialogue dialogue{
      converse(settings, R"({"at":0,"jobs_waiting":5000,"base":{"ready":8},"burst":{"ready":0}})"
                         "\n")};
  CHECK(dialogue.errors.empty());
  CHECK(dialogue.burst(0) > 0);
}

TEST_CASE("a count of null holds the burst, however little load there is") {
  std::string lines{};
  for (int tick{1}; tick <= 40; ++tick) lines += busy(15 * tick, R"({"ready":12})");
  const std::string quiet{R"(,"load":0,"utilization":0,"late":0,"base":{"ready":8})"};
  const auto after{[&](const std::string& sections) {
    std::string more{};
    for (int tick{41}; tick <= 80; ++tick) {
      more += "{\"at\":" + std::to_string(15 * tick) + quiet + sections + "}\n";
    }
    const Dialogue dialogue{converse(usual(), lines + more)};
    REQUIRE(dialogue.answers.size() == 80);
    REQUIRE(dialogue.burst(39) > 0);
    return std::pair{dialogue.burst(39), dialogue.burst(79)};
  }};
  for (const char* const unknown :
       {R"(,"burst":{"ready":null})", R"(,"burst":null)", "", R"(,"burst":{"ready":NaN})",
        R"(,"burst":{"ready":12},"vms":{"ready":null})", R"(,"burst":{"ready":12},"vms":null)"}) {
    CAPTURE(unknown);
    const auto [before, last]{after(unknown)};
    CHECK(last >= before);
  }
  CHECK(after(R"(,"burst":{"ready":12})").second == 0);
}

TEST_CASE("machines that are not counted on a line are those of the line before") {
  const Dialogue dialogue{converse(
      usual(), R"({"at":0,"load":50,"base":{"ready":8},"burst":{"ready":0},"vms":{"ready":2}})"
               "\n"
               R"({"at":15,"load":50,"base":{"ready":8},"burst":{"ready":0}})"
               "\n"
               R"({"at":30,"load":50,"base":{"ready":8},"burst":{"ready":0},"vms":{"ready":null}})"
               "\n"
               R"({"at":45,"load":50,"base":{"ready":8},"burst":{"ready":0},"vms":{"ready":0}})"
               "\n")};
  REQUIRE(dialogue.answers.size() == 4);
  for (const std::size_t line : {0U, 1U, 2U}) CHECK(dialogue.vms(line) == 2);
  CHECK(dialogue.vms(3) == 0);
}

TEST_CASE("a driver that stops speaking of its machines still gets burst for a rising load") {
  std::string lines{};
  const auto line{[](int tick, const std::string& rest) {
    return "{\"at\":" + std::to_string(15 * tick) + R"(,"base":{"ready":8},"burst":{"ready":0},)" +
           rest + "}\n";
  }};
  for (int tick{1}; tick <= 40; ++tick) {
    lines += line(tick, R"("load":140,"utilization":0.6,"queue":0,"late":0,"vms":{"ready":4})");
  }
  for (int tick{41}; tick <= 60; ++tick) {
    lines += line(tick, R"("load":400,"utilization":1,"queue":1000,"late":1)");
  }
  const Dialogue dialogue{converse(usual(), lines)};
  REQUIRE(dialogue.answers.size() == 60);
  // 400 req/s at 10 a replica; 8 on the cluster and what the four machines hold are there.
  CHECK(dialogue.burst(59) >= 16);
  CHECK(dialogue.vms(59) >= 4);
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
}  // namespace spillway::cli::filter_test
