#include "controller/settings/suggestion.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

namespace spillway::suggestion_test {

using namespace spillway::settings;

TEST_CASE("edit distance counts inserts, deletes, replacements and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("act", "act") == 0);
  CHECK(edit_distance("act", "atc") == 1);
  CHECK(edit_distance("target", "taget") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("edit distance is symmetric") {
  const std::vector<std::string> words{"",         "a",    "interval", "intervall",
                                       "invertal", "mode", "node"};
  for (const std::string& a : words) {
    for (const std::string& b : words) CHECK(edit_distance(a, b) == edit_distance(b, a));
  }
}

TEST_CASE("a misspelt word finds the one that was meant") {
  static constexpr std::array<std::string_view, 9> known{
      "type", "target_utilization", "interval", "mode", "max_burst", "stale_after", "timeout",
      "min",  "max_total"};
  struct Row {
    std::string_view word;
    std::string_view meant;
  };
  for (const Row row : {Row{"target_utilisation", "target_utilization"},
                        {"taget_utilization", "target_utilization"},
                        {"targetUtilization", "target_utilization"},
                        {"target-utilization", "target_utilization"},
                        {"target", "target_utilization"},
                        {"Mode", "mode"},
                        {"intervall", "interval"},
                        {"maxburst", "max_burst"},
                        {"typ", "type"},
                        {"timeout_s", "timeout"},
                        {"stale", "stale_after"},
                        {"mni", "min"},
                        {"xyz", ""},
                        {"a", ""},
                        {"", ""},
                        {"completely_different", ""}}) {
    CAPTURE(row.word);
    CHECK(nearest_word(row.word, known).value_or("") == row.meant);
  }
}

TEST_CASE("words of other autoscalers: \"scale_down\" was told to be \"scale_out\"") {
  static constexpr std::array<std::string_view, 2> behavior{"scale_out", "scale_in"};
  CHECK(nearest_word("scale_down", behavior) == "scale_in");
  CHECK(nearest_word("scaleUp", behavior) == "scale_out");
  static constexpr std::array<std::string_view, 4> workload{"signals", "limits", "replica", "vms"};
  CHECK(nearest_word("metrics", workload) == "signals");
  static constexpr std::array<std::string_view, 3> limits{"min", "max_burst", "max_total"};
  CHECK(nearest_word("maxReplicas", limits) == "max_total");
  CHECK(nearest_word("min_replicas", limits) == "min");
  // Only where ours is known.
  CHECK_FALSE(nearest_word("cooldown", limits));
}

TEST_CASE("\"metrics\" is told to be \"metric_sources\": the leading words agree, be they plural") {
  static constexpr std::array<std::string_view, 13> known{
      "metric_sources", "shared_queries", "workloads", "limits",    "max_burst",
      "max_total",      "policies",       "vm_price",  "scale_out", "scale_in",
      "tls_key",        "allocator",      "state_dir"};
  struct Row {
    std::string_view word;
    std::string_view meant;
  };
  for (const Row row : {Row{"metrics", "metric_sources"},
                        {"metric", "metric_sources"},
                        {"Metrics-Source-List", "metric_sources"},
                        {"shared", "shared_queries"},
                        {"workload", "workloads"},
                        {"workload_list", "workloads"},
                        {"limit", "limits"},
                        {"policy", "policies"},
                        {"policy_list", "policies"},
                        {"tls", "tls_key"},
                        {"alloc", "allocator"},
                        {"states", "state_dir"},
                        {"max", ""},             // of what?
                        {"scale", ""},           // which way?
                        {"vm", ""},              // two letters say nothing
                        {"tlsx", ""},            // neither a word nor near
                        {"burst", "max_burst"},  // its last word
                        {"_", ""}}) {
    CAPTURE(row.word);
    CHECK(nearest_word(row.word, known).value_or("") == row.meant);
  }
}

TEST_CASE("a name that is listed twice is still the only one that fits") {
  static constexpr std::array<std::string_view, 3> known{"latency_p95", "load", "latency_p95"};
  CHECK(nearest_word("latencies", known).value_or("") == "latency_p95");
}

TEST_CASE("a hostile key is near to nothing and costs nothing") {
  static constexpr std::array<std::string_view, 1> known{"mode"};
  CHECK_FALSE(nearest_word(std::string(1'000'000, 'm'), known));
}

}  // namespace spillway::suggestion_test
