// The filter's lines: what is read, what is refused and how, and what is written.
#include "controller/cli/observation.hpp"

#include <doctest/doctest.h>
#include <boost/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "controller/cli/commands.hpp"
#include "controller/cli/decide.hpp"
#include "policies/cost/budget.hpp"
#include "policies/cost/price_ceiling.hpp"
#include "policies/latency/target_utilization.hpp"
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
  const auto seen{parse_observation(
      R"({"at":30.5,"load":142.5,"utilization":0.81,"queue":3,"late":0.002,"base":{"ready":8},)"
      R"("vms":{"ready":1,"starting":2},"burst":{"ready":4,"starting":2,"draining":1}})",
      "web", 4)};
  REQUIRE(seen.has_value());
  const Snapshot& snapshot{seen->snapshot};
  CHECK(snapshot.taken_at == TimePoint{duration_of_seconds(30.5)});
  CHECK(snapshot.readings["load"].fresh_value() == 142.5);
  CHECK(snapshot.readings["late"].fresh_value() == 0.002);
  CHECK(snapshot.fleet.base->ready == 8_replicas);
  CHECK(seen->vms == Observation::Vms::counted);
  CHECK(snapshot.fleet.vms.ready == 4_replicas);
  CHECK(snapshot.fleet.vms.starting == 8_replicas);
  CHECK(count_burst(*snapshot.fleet.burst) == BurstCount{{4}, {2}, {1}});
}

TEST_CASE("null and absent are missing, which is not zero") {
  const auto seen{parse_observation(R"({"at":0,"load":null,"base":null,"extra":[1]})", "w", 1)};
  REQUIRE(seen.has_value());
  CHECK(seen->snapshot.readings["load"].quality() == Quality::missing);
  CHECK(seen->snapshot.readings["utilization"].quality() == Quality::missing);
  CHECK(!seen->snapshot.fleet.base);
  CHECK(!seen->snapshot.fleet.burst);
  CHECK(seen->vms == Observation::Vms::absent);
}

TEST_CASE("a count that is null leaves its part of the fleet unknown") {
  const auto read{[](const std::string& sections) {
    return parse_observation("{\"at\":0," + sections + "}", "w", 4);
  }};
  CHECK(!read(R"("base":{"ready":null})")->snapshot.fleet.base);
  CHECK(!read(R"("base":{})")->snapshot.fleet.base);
  for (const char* const burst :
       {R"("burst":{"ready":null})", R"("burst":{})", R"("burst":{"starting":3})",
        R"("burst":{"ready":NaN})", R"("burst":{"ready":3,"starting":null})",
        R"("burst":{"ready":3,"draining":null})"}) {
    CAPTURE(burst);
    CHECK(!read(burst)->snapshot.fleet.burst);
  }
  CHECK(count_burst(*read(R"("burst":{"ready":3})")->snapshot.fleet.burst) ==
        BurstCount{{3}, {0}, {0}});
  CHECK(read(R"("burst":{"ready":0})")->snapshot.fleet.burst->empty());
  CHECK(read(R"("vms":{"ready":null})")->vms == Observation::Vms::unknown);
  CHECK(read(R"("vms":{"ready":1,"starting":null})")->vms == Observation::Vms::unknown);
  CHECK(read(R"("vms":{"ready":1})")->vms == Observation::Vms::counted);
  CHECK(read(R"("vms":null)")->vms == Observation::Vms::unknown);
  CHECK(read(R"("vms":NaN)")->vms == Observation::Vms::unknown);
}

TEST_CASE("NaN and Infinity, as Python writes them, are missing; within a text they are a text") {
  const auto seen{
      parse_observation(R"({"note":"a \"NaN\" of NaN","at":30,"load":NaN,"utilization":Infinity,)"
                        R"("queue":-Infinity,"late":nan,"list":[1,NaN]})",
                        "w", 1)};
  REQUIRE(seen.has_value());
  for (const char* const name : {"load", "utilization", "queue", "late"}) {
    CHECK(seen->snapshot.readings[name].quality() == Quality::missing);
  }
  CHECK(!parse_observation(R"({"at":30,"load":NaNa})", "w", 1));
  CHECK(!parse_observation(R"({"at":30,"load":1NaN})", "w", 1));
  CHECK(to_string(parse_observation(R"({"at":NaN})", "w", 1).error()).find("\"at\" is missing") !=
        std::string::npos);
}

TEST_CASE("a load of minus nothing is the noise of whoever computed it") {
  const auto seen{parse_observation(R"({"at":1,"load":-1e-12})", "w", 1)};
  REQUIRE(seen.has_value());
  CHECK(seen->snapshot.readings["load"].fresh_value() == 0.0);
}

TEST_CASE("a driver may tell how long starts take") {
  const auto start{[](const std::string& told) {
    const auto seen{parse_observation("{\"at\":0,\"start\":" + told + "}", "w", 1)};
    REQUIRE(seen.has_value());
    return std::pair{seen->tells_start, seen->snapshot.start_times};
  }};
  using namespace std::chrono_literals;
  CHECK(start(R"({"median_s":20,"p95_s":45.5})") == std::pair{true, StartTimes{20s, 45'500ms}});
  CHECK(start(R"({"median_s":20})") == std::pair{true, StartTimes{20s, 40s}});
  CHECK(start(R"({"p95_s":90})") == std::pair{true, StartTimes{45s, 90s}});
  CHECK(start(R"({"median_s":50,"p95_s":40})") == std::pair{true, StartTimes{50s, 50s}});
  CHECK(start(R"({"median_s":null})").first == false);
  CHECK(!parse_observation(R"({"at":0,"start":{"p95_s":1e9}})", "w", 1));
}

TEST_CASE("a driver may tell what waits on standby, and what it cannot count is none") {
  const auto standby{[](const std::string& told) {
    const auto seen{parse_observation("{\"at\":0,\"standby\":" + told + "}", "w", 1)};
    REQUIRE(seen.has_value());
    return seen->snapshot.standby;
  }};
  using namespace std::chrono_literals;
  CHECK(standby(R"({"ready":3,"starting":1,"start_s":2.5})") == Standby{{3}, {1}, 2'500ms});
  CHECK(standby(R"({"ready":3})") == Standby{{3}, {0}, 5s});
  CHECK(standby(R"({"ready":3,"starting":null})") == Standby{{3}, {0}, 5s});
  CHECK(standby(R"({"ready":null,"starting":1})") == std::nullopt);
  CHECK(standby("null") == std::nullopt);
  CHECK(!parse_observation(R"({"at":0,"standby":{"ready":-1}})", "w", 1));
  CHECK(!parse_observation(R"({"at":0,"standby":4})", "w", 1));
}

TEST_CASE("a driver may tell a price and what was spent") {
  const auto money{[](const std::string& told) {
    const auto seen{parse_observation("{\"at\":0," + told + "}", "w", 1)};
    REQUIRE(seen.has_value());
    return seen->money;
  }};
  CHECK(money(R"("price":0.0594)").price == HourlyPrice{usd(0.0594)});
  CHECK(money(R"("price":null)").price == std::nullopt);
  CHECK(money(R"("price":NaN)").price == std::nullopt);
  CHECK(money(R"("spend":{"hour":0.5,"day":3,"month":61.25})").month == usd(61.25));
  CHECK(money(R"("spend":{"day":3,"month":null})").day == usd(3.0));
  CHECK(money(R"("spend":{"day":3,"month":null})").month == std::nullopt);
  CHECK(money(R"("spend":{"day":3})").hour == std::nullopt);
  CHECK(money(R"("spend":null)").day == std::nullopt);
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
           Row{R"({"at":1,"price":"0.06"})", "\"price\" is a text; expected a number"},
           Row{R"({"at":1,"price":-0.06})", "\"price\" is -0.06; expected 0 to"},
           Row{R"({"at":1,"price":1e9})", "\"price\" is 1e9; expected 0 to"},
           Row{R"({"at":1,"price":0})", "\"price\" is 0; expected USD per replica and hour"},
           Row{R"({"at":1,"spend":3})", "expected an object such as {\"day\": 3.4}"},
           Row{R"({"at":1,"spend":{"day":-1}})", "spend: \"day\" is -1"},
           Row{R"({"at":1} {"at":2})", "expected a JSON object"},
           Row{R"({"at":1,"x":[[[[[[[[[[1]]]]]]]]]]})", "expected a JSON object"},
       }) {
    CAPTURE(row.line);
    const auto seen{parse_observation(row.line, "w", 4)};
    REQUIRE(!seen.has_value());
    CAPTURE(to_string(seen.error()));
    CHECK(to_string(seen.error()).find(row.words) != std::string::npos);
  }
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

TEST_CASE("a time in milliseconds was told to be at most 1e+11, and not in which unit") {
  const auto seen{parse_observation(R"({"at":1764280000000,"load":40})", "web", 1)};
  REQUIRE(!seen.has_value());
  CHECK(seen.error().context ==
        "\"at\" is 1764280000000; expected 0 to 1e+11 seconds: this looks like milliseconds or a "
        "finer unit");
  const auto before{parse_observation(R"({"at":-5,"load":40})", "web", 1)};
  REQUIRE(!before.has_value());
  CHECK(before.error().context == "\"at\" is -5; expected 0 to 1e+11");
}

TEST_CASE("the help said that a utilization is at most 1, where CPU by its request may be more") {
  const auto seen{parse_observation(R"({"at":0,"utilization":1.8})", "web", 1)};
  REQUIRE(seen.has_value());
  CHECK(seen->snapshot.readings["utilization"].fresh_value() == 1.8);
  CHECK(std::string_view{decide_help}.find("utilization 0 to 1") == std::string_view::npos);
  const auto percent{parse_observation(R"({"at":0,"utilization":60})", "web", 1)};
  REQUIRE(!percent.has_value());
  CHECK(percent.error().context.find("(a share: 0.6, not 60)") != std::string::npos);
}

TEST_CASE("a utilization in percent is refused, not taken for a saturated fleet") {
  const Dialogue dialogue{converse(
      usual(), R"({"at":0,"load":40,"utilization":60,"base":{"ready":8},"burst":{"ready":0}})"
               "\n")};
  REQUIRE(dialogue.answers.size() == 1);
  CHECK(dialogue.answers[0].contains("error"));
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
}  // namespace spillway::cli::observation_test
