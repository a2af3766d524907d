#include "metrics/exported/telemetry.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "tests/metrics/exported/filled.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::exported::telemetry_test {
namespace {

using namespace std::chrono_literals;

bool has_line(const Telemetry& telemetry, std::string_view line) {
  const std::string page{"\n" + telemetry.exposition()};
  const bool is_there{page.find(fmt::format("\n{}\n", line)) != std::string::npos};
  if (!is_there) MESSAGE(page);
  return is_there;
}

TEST_CASE("what was told is on the page") {
  Telemetry telemetry{"1.2.3"};
  fill(telemetry);
  for (const auto* line : {
           "spillway_build_info{version=\"1.2.3\"} 1",
           "spillway_mode{mode=\"act\"} 1",
           "spillway_mode{mode=\"observe\"} 0",
           "spillway_ticks_total{outcome=\"complete\"} 1",
           "spillway_ticks_total{outcome=\"incomplete\"} 0",
           "spillway_tick_duration_seconds_bucket{le=\"0.1\"} 0",
           "spillway_tick_duration_seconds_bucket{le=\"0.25\"} 1",
           "spillway_last_complete_tick_timestamp_seconds 1795435200",
           "spillway_decisions_total{because=\"LoadOverTarget\"} 1",
           "spillway_workload_desired_replicas{workload=\"web\"} 7",
           "spillway_workload_recommended_replicas{workload=\"web\"} 9",
           "spillway_workload_burst_wanted_replicas{workload=\"web\"} 3",
           "spillway_workload_base_ready_replicas{workload=\"web\"} 4",
           "spillway_workload_burst_serving_replicas{workload=\"web\"} 2",
           "spillway_workload_burst_starting_replicas{workload=\"web\"} 1",
           "spillway_workload_blind{workload=\"web\"} 0",
           "spillway_workload_failing_scripts{workload=\"web\"} 0",
           "spillway_workload_spend_today_usd{workload=\"web\"} 1.25",
           "spillway_withheld_replicas{because=\"Paused\"} 2",
           "spillway_withheld_replicas{because=\"BlastRadius\"} 1",
           "spillway_groups{place=\"eastus\",phase=\"serving\"} 2",
           "spillway_group_transitions_total{phase=\"serving\"} 1",
           "spillway_group_start_seconds_count{place=\"eastus\"} 1",
           "spillway_orphans_found_total 1",
           "spillway_owner_conflicts_total 1",
           "spillway_journal_entries_unreadable_total 1",
           "spillway_calls_total{call=\"create\",outcome=\"Ok\"} 1",
           "spillway_calls_total{call=\"create\",outcome=\"Throttled\"} 1",
           "spillway_provider_create_tokens 99",
           "spillway_platform_restarts_total{because=\"SpotEvicted\",place=\"eastus spot\"} 1",
           "spillway_quota_limit{place=\"eastus\",quota=\"cores\"} 10",
           "spillway_standby_groups{state=\"wanted\",workload=\"web\"} 2",
           "spillway_standby_groups{state=\"running\",workload=\"web\"} 1",
           "spillway_standby_groups{state=\"creating\",workload=\"web\"} 1",
           "spillway_machines{state=\"capacity\",workload=\"web\"} 5",
           "spillway_machines{state=\"ready\",workload=\"web\"} 4",
           "spillway_source_state{source=\"prom\",state=\"failing\"} 1",
           "spillway_source_state{source=\"prom\",state=\"ok\"} 0",
           "spillway_source_reads_total{outcome=\"failing\",source=\"prom\"} 1",
           "spillway_readings{doubt=\"None\"} 3",
           "spillway_readings{doubt=\"SourceFailed\"} 1",
           "spillway_spend_usd_total 12.5",
           "spillway_spend_rate_usd_per_hour 0.2",
           "spillway_reloads_total{result=\"ok\"} 1",
           "spillway_last_reload_successful 1",
       }) {
    CAPTURE(line);
    CHECK(has_line(telemetry, line));
  }
}

TEST_CASE("counters exist at zero before anything happens") {
  const Telemetry telemetry{"1"};
  for (const auto* line :
       {"spillway_orphans_found_total 0", "spillway_ticks_total{outcome=\"complete\"} 0",
        "spillway_calls_total{call=\"create\",outcome=\"Ok\"} 0",
        "spillway_decisions_total{because=\"Saturated\"} 0",
        "spillway_group_transitions_total{phase=\"stuck\"} 0", "spillway_spend_usd_total 0"}) {
    CAPTURE(line);
    CHECK(has_line(telemetry, line));
  }
}

TEST_CASE("every family has help, and the help names its labels") {
  Telemetry telemetry{"1"};
  fill(telemetry);
  const std::string page{telemetry.exposition()};
  std::set<std::string> labels{"workload", "source", "place", "phase", "because", "outcome"};
  std::map<std::string, std::string> help{};
  for (std::size_t begin{0}; begin < page.size();) {
    const std::size_t end{page.find('\n', begin)};
    const std::string line{page.substr(begin, end - begin)};
    begin = end + 1;
    if (line.starts_with("# HELP ")) {
      const auto space{line.find(' ', 7)};
      help[line.substr(7, space - 7)] = line.substr(space);
    }
    if (line.starts_with('#')) continue;
    const std::string name{line.substr(0, line.find_first_of("{ "))};
    CAPTURE(line);
    CHECK(name.starts_with("spillway_"));
    for (const std::string& label : labels) {
      if (line.find(label + "=\"") == std::string::npos) continue;
      const auto family{help.upper_bound(name)};
      REQUIRE(family != help.begin());
      CHECK(std::prev(family)->second.find(label) != std::string::npos);
    }
  }
  CHECK(help.size() >= 30);
}

TEST_CASE("what cannot be known is absent, not zero") {
  Telemetry telemetry{"1"};
  telemetry.decided({}, {.workload = "web", .is_blind = true});
  CHECK(telemetry.exposition().find("base_ready_replicas{") == std::string::npos);
  CHECK(has_line(telemetry, "spillway_workload_blind{workload=\"web\"} 1"));
}

TEST_CASE("a script that fails is told even when it holds nothing any more") {
  Telemetry telemetry{"1"};
  Decision decision{.workload = "web"};
  decision.recommendations = {{.policy = "lua", .because = Because::script_failed},
                              {.policy = "auto", .because = Because::load_over_target}};
  telemetry.decided({}, decision);
  CHECK(has_line(telemetry, "spillway_workload_failing_scripts{workload=\"web\"} 1"));
}

TEST_CASE("changes of the decision are counted in their direction") {
  Telemetry telemetry{"1"};
  for (const int desired : {4, 6, 6, 9, 2}) {
    telemetry.decided({}, {.workload = "web", .desired = {desired}});
  }
  CHECK(has_line(telemetry, "spillway_workload_scale_outs_total{workload=\"web\"} 2"));
  CHECK(has_line(telemetry, "spillway_workload_scale_ins_total{workload=\"web\"} 1"));
}

TEST_CASE("a phase that empties goes to zero, and so does a reason that no longer withholds") {
  Telemetry telemetry{"1"};
  fill(telemetry);
  telemetry.groups({});
  telemetry.withheld({});
  CHECK(has_line(telemetry, "spillway_groups{place=\"eastus\",phase=\"serving\"} 0"));
  CHECK(has_line(telemetry, "spillway_withheld_replicas{because=\"Paused\"} 0"));
}

TEST_CASE("the spend never goes back, and an unknown call adds no label") {
  Telemetry telemetry{"1"};
  telemetry.spend(usd(5.0), {});
  telemetry.spend(usd(4.0), {});
  telemetry.call("whatever", std::nullopt);
  CHECK(has_line(telemetry, "spillway_spend_usd_total 5"));
  CHECK(has_line(telemetry, "spillway_calls_total{call=\"other\",outcome=\"Ok\"} 1"));
}

TEST_CASE("workloads that left the config leave the page") {
  Telemetry telemetry{"1"};
  telemetry.decided({}, {.workload = "api"});
  telemetry.decided({}, {.workload = "web"});
  telemetry.forget_workloads_except(std::vector<std::string>{"web"});
  CHECK(telemetry.exposition().find("workload=\"api\"") == std::string::npos);
  CHECK(telemetry.exposition().find("workload=\"web\"") != std::string::npos);
}

TEST_CASE("a refused create, which is not repeated, was never seen by the alert on it") {
  const Telemetry telemetry{"1"};
  for (const char* outcome : {"BadRequest", "Denied", "RegistryError"}) {
    CAPTURE(outcome);
    CHECK(
        has_line(telemetry,
                 fmt::format("spillway_calls_total{{call=\"create\",outcome=\"{}\"}} 0", outcome)));
  }
}

TEST_CASE("a source that left the config went on failing until a restart") {
  Telemetry telemetry{"1"};
  const SourceHealth prom{.name = "prom", .state = SourceState::ok, .reads = {0, 2, 0, 0}};
  telemetry.sources(
      std::vector<SourceHealth>{prom, {.name = "gone", .state = SourceState::failing}});
  CHECK(has_line(telemetry, "spillway_source_state{source=\"gone\",state=\"failing\"} 1"));
  telemetry.sources(std::vector<SourceHealth>{prom});
  CHECK(telemetry.exposition().find("source=\"gone\"") == std::string::npos);
  CHECK(has_line(telemetry, "spillway_source_state{source=\"prom\",state=\"ok\"} 1"));
  CHECK(has_line(telemetry, "spillway_source_reads_total{outcome=\"ok\",source=\"prom\"} 2"));
}

TEST_CASE("reads of a source were counted by who scraped us, not by who read it") {
  Telemetry telemetry{"1"};
  SourceHealth prom{.name = "prom"};
  const auto read{[&prom](bool is_answered) {
    const Result<Answer> answer{is_answered ? Result<Answer>{Answer{}}
                                            : Result<Answer>{Error{Errc::timeout, "slow"}}};
    prom = health_after(std::move(prom), {answer}, TimePoint{}, Duration{1});
  }};
  const auto shows{[&telemetry](std::string_view outcome, int count) {
    return has_line(telemetry,
                    fmt::format("spillway_source_reads_total{{outcome=\"{}\",source=\"prom\"}} {}",
                                outcome, count));
  }};
  read(true);
  read(false);
  read(true);
  for (int scraper{0}; scraper < 2; ++scraper) telemetry.sources(std::vector{prom});
  CHECK(shows("ok", 2));
  CHECK(shows("failing", 1));  // between two scrapes, and told all the same
  prom = {.name = "prom"};     // a reload: it is counted from nothing again
  read(true);
  telemetry.sources(std::vector{prom});
  CHECK(shows("ok", 3));
}

TEST_CASE("a place that was taken out kept its quota of zero, and its alert") {
  Telemetry telemetry{"1"};
  fill(telemetry);
  telemetry.quota_limit({.region = "westeurope"}, "cores", 0);
  telemetry.forget_what_is_told_again();
  const std::string page{telemetry.exposition()};
  for (const char* family :
       {"spillway_quota_limit{", "spillway_standby_groups{", "spillway_machines{"}) {
    CAPTURE(family);
    CHECK(page.find(family) == std::string::npos);
  }
  telemetry.quota_limit({.region = "eastus"}, "cores", 10);
  CHECK(has_line(telemetry, "spillway_quota_limit{place=\"eastus\",quota=\"cores\"} 10"));
}

TEST_CASE("the page had a leader that was always there, and a reason that no decision has") {
  const Telemetry telemetry{"1"};
  const std::string page{telemetry.exposition()};
  CHECK(page.find("spillway_leader") == std::string::npos);
  CHECK(page.find("HighestFloor") == std::string::npos);
  CHECK(page.find("because=\"CeilingOverFloor\"} 0") != std::string::npos);  // its neighbour
}

TEST_CASE("promtool finds nothing to complain about") {
  const auto promtool{testing::find_program("promtool")};
  if (!promtool) return testing::skip_test("promtool is missing: apt-get install prometheus");
  Telemetry telemetry{"1"};
  fill(telemetry);
  const testing::ScratchDirectory scratch{};
  const std::string page{scratch.write("page.txt", telemetry.exposition())};
  testing::ChildProcess lint{{"sh", "-c", *promtool + " check metrics < " + page}};
  REQUIRE(lint.wait_for_exit());
  CAPTURE(lint.standard_error());
  CAPTURE(lint.standard_output());
  CHECK(lint.exit_code() == 0);
  CHECK(lint.standard_error().empty());
}

}  // namespace
}  // namespace spillway::exported::telemetry_test
