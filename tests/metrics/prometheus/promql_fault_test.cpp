#include "metrics/prometheus/promql_fault.hpp"

#include <doctest/doctest.h>

#include <array>

namespace spillway::prometheus::promql_fault_test {

TEST_CASE("check said ok of a query that every Prometheus refuses") {
  struct Row {
    std::string_view query;
    std::string_view words;
  };
  for (const Row& row : std::array{
           Row{"sum(rate(a{job=\"web\"[30s]))",
               "the \"{\" of `{job=\"web\"[30s]))` is closed by a \")\""},
           Row{"sum(rate(a[30s])", "the \"(\" of `(rate(a[30s])` is never closed"},
           Row{"a{job={{workload}}}", "the value of a matcher must be in quotes: `{{workload}}}`"},
           Row{"sum(a))", "a \")\" closes nothing, after `sum(a)`"},
           Row{"a{job=web}", "the value of a matcher must be in quotes: `web}`"},
           Row{"a{job != web}", "the value of a matcher must be in quotes: `web}`"},
           Row{"a{job=\"web}", "the quote of `\"web}` is never closed"},
           Row{"a{job=~\"we(b\"}",
               "the regular expression \"we(b\" has a bracket too many or too few"},
           Row{"a{job=~\"we[b\"}",
               "the regular expression \"we[b\" has a bracket too many or too few"},
           Row{"a{job=~\"*web\"}",
               "the regular expression \"*web\" repeats nothing; write .* for any text"},
       }) {
    CAPTURE(row.query);
    CHECK(promql_fault(row.query).value_or("none") == row.words);
  }
}

TEST_CASE("what Prometheus or VictoriaMetrics would take is left to them") {
  for (const std::string_view query : std::array<std::string_view, 13>{
           "sum(rate(a{job=\"web\", path=~\"/(a|b)[^/]*\"}[30s])) / clamp_min(b, 1e-9)",
           "a{job=\"}\"} # a comment (with brackets",
           "max_over_time(sum(rate(a[1m]))[30m:1m] offset 5m)",
           "{__name__=~\"a|b\" or job='x'}",
           "a{job=~`\\d+(x)`}",
           "a{job=~\"[]()]\"}",
           "a{job=~\"\\\\(\"}",
           "a == bool 1 and b != 2",
           "label_replace(a, \"x\", \"$1\", \"y\", \"(.*)\")",
           "WITH (f(q) = a{job=q}) f(\"x\")",
           "{\"http.requests\", job=\"web\"}",
           "rate(a)",
           "sum({{metric}}_total{job=\"{{workload}}\"})",
       }) {
    CAPTURE(query);
    CHECK(promql_fault(query).value_or("none") == "none");
  }
}

}  // namespace spillway::prometheus::promql_fault_test
