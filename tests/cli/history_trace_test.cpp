#include "controller/cli/history_trace.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <string>

#include "controller/cli/saved_history.hpp"
#include "controller/cli/trace_files.hpp"
#include "controller/state/sqlite/sqlite_store.hpp"
#include "tests/support/child_process.hpp"

namespace spillway::cli::history_trace_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

JournalEntry entry(const std::string& workload, TimePoint at, Reading load) {
  JournalEntry made{.at = at, .workload = workload};
  made.snapshot.taken_at = at;
  made.snapshot.workload = workload;
  made.snapshot.readings.set("load", std::move(load));
  made.decision.at = at;
  made.decision.workload = workload;
  return made;
}

/// Three fresh readings of `web`, one that is missing, one of somebody else.
settings::Config config_with_journal(const testing::ScratchDirectory& directory) {
  const std::string state{(directory.path() / "state").string()};
  auto store{state::open_sqlite_store({.directory = state})};
  REQUIRE(store.has_value());
  StateBatch batch{};
  batch.journal.push_back(entry("web", noon, Reading::fresh(10.0, noon)));
  batch.journal.push_back(entry("web", noon + 15s, Reading::fresh(20.0, noon + 15s)));
  batch.journal.push_back(entry("other", noon + 20s, Reading::fresh(99.0, noon + 20s)));
  batch.journal.push_back(entry("web", noon + 30s, Reading::missing("down")));
  batch.journal.push_back(entry("web", noon + 5min, Reading::fresh(30.0, noon + 5min)));
  REQUIRE((*store)->write(batch).has_value());
  settings::Config config{};
  config.state.directory = state;
  return config;
}

TEST_CASE("the journal gives the fresh readings of one workload, oldest first") {
  const testing::ScratchDirectory directory{};
  const auto config{config_with_journal(directory)};
  const auto trace{trace_from_journal(config, {.workload = "web"})};
  REQUIRE(trace.has_value());
  CHECK(trace->name == "web");
  CHECK(trace->values == std::vector{10.0, 20.0, 30.0});
  CHECK(trace->times == std::vector<Duration>{0s, 15s, 5min});
  CHECK(trace->origin == noon);
}

TEST_CASE("only so much of the journal is played as was asked for") {
  const testing::ScratchDirectory directory{};
  const auto config{config_with_journal(directory)};
  const auto trace{trace_from_journal(config, {.workload = "web", .range = 290s})};
  REQUIRE(trace.has_value());
  CHECK(trace->values == std::vector{20.0, 30.0});
}

TEST_CASE("a spike that changed no decision is in the history, between two entries") {
  const testing::ScratchDirectory directory{};
  auto config{config_with_journal(directory)};
  {
    auto store{state::open_sqlite_store({.directory = config.state.directory})};
    REQUIRE(store.has_value());
    JournalEntry next{entry("web", noon + 10min, Reading::fresh(40.0, noon + 10min))};
    next.loads = {{noon + 6min, 35.0}, {noon + 7min, 900.0}, {noon + 8min, 36.0}};
    REQUIRE((*store)->write({.journal = {next}}).has_value());
  }
  const auto trace{trace_from_journal(config, {.workload = "web"})};
  REQUIRE(trace.has_value());
  CHECK(trace->values == std::vector{10.0, 20.0, 30.0, 35.0, 900.0, 36.0, 40.0});
  CHECK(trace->times.back() == 10min);
}

TEST_CASE("a journal without readings says how many it has, and of what") {
  const testing::ScratchDirectory directory{};
  const auto config{config_with_journal(directory)};
  const auto trace{trace_from_journal(config, {.workload = "web", .signal = "queue"})};
  REQUIRE(trace.has_error());
  CHECK(trace.error().context.find("0 readings of `queue` for workload `web`") !=
        std::string::npos);
}

TEST_CASE("a signal that is not there, or comes from elsewhere, is told") {
  settings::Config config{};
  config.workloads["web"] = {};
  CHECK(trace_from_prometheus(config, {.workload = "web"}, {}).error().context.find("--query") !=
        std::string::npos);
  CHECK(trace_from_prometheus(config, {.workload = "shop"}, {}).error().context.find("shop") !=
        std::string::npos);
  CHECK(trace_from_prometheus(config, {.workload = "web", .query = "x"}, {})
            .error()
            .context.find("no metric source of type prometheus") != std::string::npos);
}

TEST_CASE("--query was refused where the load comes from HAProxy and Prometheus stands beside it") {
  settings::Config config{};
  config.workloads["web"].signals["load"].source = "stats";
  config.metric_sources["stats"].settings = HaproxyStatsSettings{};
  const auto said{[&config](const HistoryQuery& query) {
    return trace_from_prometheus(config, query, {}).error().context;
  }};
  const HistoryQuery query{.workload = "web", .query = "sum(x)", .range = 15s};
  CHECK(said(query) == "no metric source of type prometheus is configured");
  // One is asked, here in vain: nobody listens there.
  config.metric_sources["prom"].settings = PrometheusSettings{.urls = {"http://127.0.0.1:1"}};
  CHECK(said(query).find("127.0.0.1:1") != std::string::npos);
  // Without a query it is said which one would help.
  const std::string plain{said({.workload = "web"})};
  CHECK(plain.find("`load` comes from `stats`") != std::string::npos);
  CHECK(plain.find("--query with PromQL that is asked of `prom`") != std::string::npos);
  config.metric_sources["other"].settings = PrometheusSettings{.urls = {"http://127.0.0.1:1"}};
  CHECK(said(query).find("(`other`, `prom`)") != std::string::npos);
}

TEST_CASE("a saved history says when it begins, and of what it is") {
  const std::string head{history_head(noon, 15s, "sum(\n  rate(x[1m]))")};
  CHECK(head ==
        "# spillway history, from 1795435200000 step 15000 query sum(   rate(x[1m]))\n"
        "t_s,value\n");
  CHECK(history_begin(head) == noon);
  CHECK(history_begin("t_s,value\n0,1\n") == std::nullopt);
  CHECK(history_begin("# spillway history, from noon\n") == std::nullopt);
  CHECK(history_begin("# spillway history, from 9223372036854775807 step 1\n") == std::nullopt);
  CHECK(history_begin("# spillway history, from -1 step 1\n") == std::nullopt);
}

TEST_CASE("a saved history of fewer days is not taken for one of more") {
  const testing::ScratchDirectory directory{};
  settings::Config config{};
  config.workloads["web"] = {};
  config.metric_sources["main"].settings = PrometheusSettings{.urls = {"http://127.0.0.1:1"}};
  const std::string path{(directory.path() / "web.csv").string()};
  const TimePoint an_hour_ago{std::chrono::floor<Duration>(std::chrono::system_clock::now() - 1h)};
  std::ofstream{path} << history_head(an_hour_ago, 15s, "x") << "0,1\n15,2\n";
  const HistoryQuery query{.workload = "web", .query = "x", .range = 48h, .save = path};
  const auto trace{trace_from_prometheus(config, query, {})};
  REQUIRE(trace.has_error());
  CHECK(trace.error().context.find("web.csv: begins at ") != std::string::npos);
  CHECK(trace.error().context.find("or fewer days") != std::string::npos);
}

TEST_CASE("a saved history is played at its own time") {
  const testing::ScratchDirectory directory{};
  const std::string path{(directory.path() / "web.csv").string()};
  std::ofstream{path} << history_head(noon, 15s, "x") << "0,1\n15,2\n30,3\n";
  const auto traces{read_traces(path, "")};
  REQUIRE(traces.has_value());
  CHECK(traces->front().origin == noon);
}

}  // namespace
}  // namespace spillway::cli::history_trace_test
