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

TEST_CASE("a hostile key is near to nothing and costs nothing") {
  static constexpr std::array<std::string_view, 1> known{"mode"};
  CHECK_FALSE(nearest_word(std::string(1'000'000, 'm'), known));
}

}  // namespace spillway::suggestion_test
