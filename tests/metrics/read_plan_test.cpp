#include "metrics/read_plan.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace spillway::read_plan_test {
namespace {

SignalSettings from(std::string source, std::string query, std::string freshness = "") {
  return {.source = std::move(source),
          .query = std::move(query),
          .freshness_query = std::move(freshness)};
}

TEST_CASE("the same question is asked once, whoever wants the answer") {
  const auto planned{plan_reads(
      {{.workload = "api", .signals = {{"load", from("p", "sum(x)")}}},
       {.workload = "web",
        .signals = {{"load", from("p", "sum(x)")}, {"queue", from("p", "q{{workload}}")}}}},
      {}, {"p"})};
  CHECK(planned.problems.empty());
  REQUIRE(planned.plan.queries.size() == 1);
  CHECK(planned.plan.queries[0] == std::vector<Query>{{.text = "sum(x)"}, {.text = "qweb"}});
  CHECK(planned.plan.uses.size() == 3);
}

TEST_CASE("a shared query costs one question for 10 000 workloads") {
  std::vector<WorkloadSignals> workloads{};
  for (int i{0}; i < 10'000; ++i) workloads.push_back({.workload = fmt::format("w{}", i)});
  const std::vector<SharedQuerySettings> shared{
      {.from = from("", "sum by (s) (x)"), .join_label = "s", .signal = "load"},
      {.from = from("", "sum by (s) (q)"), .join_label = "s", .signal = "queue"}};
  const auto planned{plan_reads(workloads, shared, {"p"})};
  CHECK(planned.problems.empty());
  CHECK(planned.plan.queries[0].size() == 2);
  CHECK(planned.plan.uses.size() == 20'000);
  CHECK(planned.plan.rules.size() == 1);
  CHECK(planned.plan.uses[19'999].key == "w9999");
}

TEST_CASE("a workload's own signal goes before a shared one") {
  const auto planned{plan_reads({{.workload = "web", .signals = {{"load", from("p", "mine")}}}},
                                {{.from = from("p", "all"), .join_label = "s", .signal = "load"}},
                                {"p"})};
  CHECK(planned.plan.queries[0] == std::vector<Query>{{.text = "mine"}});
}

TEST_CASE("a workload is found in a shared answer by its label, or by its name") {
  const std::vector<SharedQuerySettings> shared{
      {.from = from("p", "all"), .join_label = "service", .signal = "load"}};
  const auto planned{plan_reads({{.workload = "a", .labels = {{"service", "shop-a"}}},
                                 {.workload = "b", .labels = {{"team", "x"}}}},
                                shared, {"p"})};
  REQUIRE(planned.plan.uses.size() == 2);
  CHECK(planned.plan.uses[0].key == "shop-a");
  CHECK(planned.plan.uses[1].key == "b");
}

TEST_CASE("a freshness query is one more question, asked once") {
  const auto planned{
      plan_reads({{.workload = "a", .signals = {{"load", from("p", "x", "timestamp(x)")}}},
                  {.workload = "b", .signals = {{"load", from("p", "x", "timestamp(x)")}}}},
                 {}, {"p"})};
  CHECK(planned.plan.queries[0].size() == 2);
  CHECK(planned.plan.uses[1].sample_times == 1);
}

TEST_CASE("each problem is told once, with its place and the way out") {
  const auto planned{
      plan_reads({{.workload = "a",
                   .signals = {{"load", from("prmo", "x")}, {"queue", from("", "x{{nope}}")}}},
                  {.workload = "b"}},
                 {{.from = from("nowhere", "all"), .join_label = "s", .signal = "late"},
                  {.from = from("p", "x{{workload}}"), .join_label = "s", .signal = "latency_p95"}},
                 {"p", "q"})};
  CHECK(planned.problems ==
        std::vector<std::string>{
            "workload `a`, signal `load`: unknown source `prmo`; sources are: p, q",
            "workload `a`, signal `queue`: name a `source`; sources are: p, q",
            "workload `a`, signal `queue`, query: unknown placeholder `{{nope}}`; known are: "
            "workload",
            "shared query for `late`: unknown source `nowhere`; sources are: p, q",
            "shared query for `latency_p95`: placeholders make no sense in a query that serves "
            "every workload"});
  CHECK(planned.plan.uses.empty());
}

}  // namespace
}  // namespace spillway::read_plan_test
