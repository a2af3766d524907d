// `spillway backtest` and `spillway tune` from outside, on the synthetic traces of the demo.
#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/child_process.hpp"

namespace json = boost::json;

namespace spillway::testing {
namespace {

std::string setting(const char* variable) {
  const char* value{std::getenv(variable)};
  REQUIRE_MESSAGE(value, "run this through `meson test`, which says where things are");
  return value;
}

std::string trace(const std::string& name) {
  return setting("TRACES") + "/" + name + ".csv";
}

struct Ended {
  int code{-1};
  std::string out{};
  std::string err{};
};

Ended spillway(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), setting("SPILLWAY"));
  ChildProcess child{std::move(arguments)};
  REQUIRE(child.wait_for_exit(std::chrono::seconds{120}));
  return {child.exit_code().value_or(-1), child.standard_output(), child.standard_error()};
}

TEST_CASE("a backtest prints every figure as JSON, the same each time") {
  const std::vector<std::string> command{"backtest",
                                         "--trace",
                                         trace("flash_crowd"),
                                         "--world",
                                         "reference",
                                         "--against",
                                         "hpa,keda{target_utilization: 0.5}",
                                         "-o",
                                         "json"};
  const Ended first{spillway(command)};
  REQUIRE(first.code == 0);
  CHECK(first.out == spillway(command).out);
  const json::object document{json::parse(first.out).as_object()};
  for (const char* key :
       {"late_share", "burst_cost", "optimum_cost", "ratio", "j30", "creates", "under_accuracy",
        "under_timeshare", "over_accuracy", "over_timeshare", "instability"}) {
    CAPTURE(key);
    REQUIRE(document.contains(key));
    CHECK(document.at(key).is_number());
  }
  const json::array& policies{document.at("traces").at(0).at("policies").as_array()};
  CHECK(policies.at(policies.size() - 1).at("policy") == "keda{target_utilization: 0.5}");
  CHECK(document.at("ratio").to_number<double>() > 1.0);
}

TEST_CASE("the reference world stays what it is: figures would no longer compare") {
  const Ended ended{spillway({"backtest", "--trace", trace("flash_crowd"), "--seeds", "1",
                              "--against", "hpa", "-o", "json"})};
  REQUIRE(ended.code == 0);
  const json::value document = json::parse(ended.out);
  const json::array& policies{document.at("traces").at(0).at("policies").as_array()};
  const json::value& hpa{policies.at(policies.size() - 1)};
  const auto figure{[&](const char* key) { return hpa.at(key).to_number<double>(); }};
  CHECK(figure("optimum_cost") == doctest::Approx(5.617928809));
  CHECK(figure("ratio") == doctest::Approx(1.564118788));
  CHECK(figure("j30") == doctest::Approx(2.582601351));
  CHECK(figure("late_share") == doctest::Approx(0.01264113374));
  CHECK(figure("creates") == 73.0);
  CHECK(figure("instability") == doctest::Approx(0.03959020663));
}

TEST_CASE("a folder is played trace by trace, with a summary") {
  const Ended ended{spillway({"backtest", "--trace", setting("TRACES"), "--seeds", "1"})};
  CHECK(ended.code == 0);
  // The price is the world's, 0.0486 for a vCPU and 2 GB at 0.0054, not a config's.
  for (const char* name : {"diurnal:", "on_off:", "steps:", "all 5 traces",
                           "at 0.0594 USD an hour for a burst replica"}) {
    CAPTURE(name);
    CHECK(ended.out.find(name) != std::string::npos);
  }
}

TEST_CASE("the workload of a config plays with its own policies and limits") {
  const ScratchDirectory directory{};
  const std::string config{directory.write("spillway.yaml", R"(
owner: test
metric_sources: {trace: {type: file, path: load.csv}}
clusters: {vms: {type: static_vms, count: 3}}
workloads:
  web:
    cluster: vms
    signals: {load: {source: trace, query: value}}
    policies: [{type: target_utilization, target_utilization: 80%, replica_capacity: 10/s}]
    limits: {max_burst: 1}
)")};
  directory.write("load.csv", "t_s,value\n0,1\n");
  const Ended ended{spillway(
      {"backtest", "--trace", trace("on_off"), "--config", config, "--against", "", "-o", "json"})};
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  const json::value document = json::parse(ended.out);
  CHECK(document.at("policy") == "web");
  CHECK(document.at("late_share").to_number<double>() > 0.1);
}

TEST_CASE("the page is one file that needs no network") {
  const ScratchDirectory directory{};
  const std::string page{(directory.path() / "report.html").string()};
  const Ended ended{spillway(
      {"backtest", "--trace", trace("steps"), "--seeds", "1", "-o", "html", "--file", page})};
  REQUIRE(ended.code == 0);
  const Ended shown{[&] {
    ChildProcess cat{{"cat", page}};
    REQUIRE(cat.wait_for_exit());
    return Ended{0, cat.standard_output(), ""};
  }()};
  CHECK(shown.out.starts_with("<!doctype html>"));
  CHECK(shown.out.find("src=") == std::string::npos);
  CHECK(shown.out.find("href=") == std::string::npos);
  CHECK(shown.out.find("\"rows\":[[") != std::string::npos);
}

TEST_CASE("what is wrong is said with its place, and what was expected") {
  const ScratchDirectory directory{};
  struct Row {
    const char* name;
    std::vector<std::string> arguments;
    int code;
    const char* says;
  };
  const std::string bad{directory.write("bad.csv", "t_s,value\n0,1\n60,many\n")};
  const std::string shuffled{directory.write("shuffled.csv", "t_s,value\n60,1\n0,2\n")};
  const std::string world{directory.write("world.yaml", "burst: {start_medain: 30s}\n")};
  const std::vector<Row> rows{
      {"a cell", {"--trace", bad}, 1, "line 3, column 4: expected a number"},
      {"the order", {"--trace", shuffled}, 1, "a later time than in the row before"},
      {"the column", {"--trace", trace("steps"), "--column", "rps"}, 1, "it has: value"},
      {"the world", {"--trace", trace("steps"), "--world", world}, 2, "start_median"},
      {"a policy", {"--trace", trace("steps"), "--against", "hpaa"}, 2, "hpa"},
      {"its setting", {"--trace", trace("steps"), "--against", "hpa{target: 1}"}, 2, "target"},
      {"no file", {"--trace", "/nowhere.csv"}, 2, "/nowhere.csv"},
      {"two histories", {"--trace", trace("steps"), "--from", "journal"}, 2, "leave out one"},
      {"--save of a file", {"--trace", trace("steps"), "--save", bad}, 2, "--from prometheus"},
      {"--days of a file", {"--trace", trace("steps"), "--days", "3"}, 2, "--days: is for a"},
      {"--signal of a file",
       {"--trace", trace("steps"), "--signal", "queue"},
       2,
       "--signal: is for"},
      {"--column of a history", {"--from", "journal", "-c", "/x", "--column", "a"}, 2, "for a CSV"},
      {"whose history", {"--from", "prometheus"}, 2, "needs a --config"},
      {"a comma too many", {"--trace", trace("steps"), "--against", "hpa,,keda"}, 2, "a comma"},
      {"a format",
       {"--trace", trace("steps"), "-o", "xml"},
       2,
       "\"xml\" is none of table,json,html"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    std::vector<std::string> command{"backtest"};
    command.insert(command.end(), row.arguments.begin(), row.arguments.end());
    const Ended ended{spillway(std::move(command))};
    CAPTURE(ended.err);
    CHECK(ended.code == row.code);
    CHECK(ended.err.find(row.says) != std::string::npos);
  }
}

TEST_CASE("tuning finds a better setting where the configured one is poor, and says so as a diff") {
  const Ended ended{
      spillway({"tune", "--trace", trace("hourly_batch"), "--policy", "keda", "--settings",
                "target_utilization,scale_down_window", "--evaluations", "16", "--seeds", "1"})};
  REQUIRE(ended.code == 0);
  CHECK(ended.out.find("configured") != std::string::npos);
  CHECK(ended.out.find("chosen") != std::string::npos);
  CHECK(ended.out.find("+  policies[0].") != std::string::npos);
}

TEST_CASE("what tuning proposes for a config is a patch that patch takes") {
  const ScratchDirectory directory{};
  const std::string config{directory.write("spillway.yaml", R"(
metric_sources: {trace: {type: file, path: load.csv}}
clusters: {vms: {type: static_vms, count: 3}}
workloads:
  web:
    cluster: vms
    signals: {load: {query: value}}
    policies:
      - type: target_utilization
        replica_capacity: 10/s
        target_utilization: 30%  # careful
    limits: {max_burst: 100}
)")};
  const Ended tuned{spillway({"tune", "--trace", trace("hourly_batch"), "-c", config,
                              "--evaluations", "16", "--seeds", "1", "-o", "json"})};
  CAPTURE(tuned.err);
  REQUIRE(tuned.code == 0);
  const json::object document{json::parse(tuned.out).as_object()};
  CHECK(document.at("is_better").as_bool());
  const std::string diff{document.at("diff").as_string()};
  CAPTURE(diff);
  const std::string file{directory.write("tuned.diff", diff)};
  ChildProcess patch{
      {"/bin/sh", "-c", "patch --version > /dev/null || exit 77; exec patch -p0 -d / < " + file}};
  REQUIRE(patch.wait_for_exit());
  if (patch.exit_code() != 77) {
    CAPTURE(patch.standard_output());
    CHECK(patch.exit_code() == 0);
    CHECK(spillway({"check", "-c", config}).code == 0);
  } else {
    MESSAGE("SKIPPED: there is no program `patch`");
  }
  CHECK(diff.find("-        target_utilization: 30%  # careful") != std::string::npos);
}

TEST_CASE("auto plays the reference world with its machines, as in the benchmark") {
  const Ended ended{spillway({"backtest", "--trace", trace("diurnal"), "--seeds", "1", "--against",
                              "auto{vm: {replicas: 0}}", "-o", "json"})};
  REQUIRE(ended.code == 0);
  const json::value document = json::parse(ended.out);
  const json::array& policies{document.at("traces").at(0).at("policies").as_array()};
  CHECK(policies.at(0).at("vm_creates").to_number<double>() > 0.0);
  CHECK(policies.at(1).at("vm_creates").to_number<double>() == 0.0);
}

TEST_CASE("a measured world needs a config, and a scale is one of two") {
  const Ended alone{spillway({"backtest", "--trace", trace("steps"), "--world", "measured"})};
  CHECK(alone.code == 2);
  CHECK(alone.err.find("--config") != std::string::npos);
  CHECK(spillway({"backtest", "--trace", trace("steps"), "--scale", "double"}).code == 2);
  const Ended as_is{spillway({"backtest", "--trace", trace("steps"), "--scale", "as_is", "--seeds",
                              "1", "--against", "hpa", "-o", "json"})};
  const Ended scaled{spillway(
      {"backtest", "--trace", trace("steps"), "--seeds", "1", "--against", "hpa", "-o", "json"})};
  REQUIRE(as_is.code == 0);
  const auto peak{[](const Ended& ended) {
    return json::parse(ended.out).at("traces").at(0).at("peak_need").as_int64();
  }};
  CHECK(peak(scaled) >= 40);
  CHECK(peak(as_is) != peak(scaled));
}

}  // namespace
}  // namespace spillway::testing
