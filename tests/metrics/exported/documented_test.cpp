// The table of metrics/exported/README.md and the page at /metrics say the same: every family, with
// its type, its labels and its help.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/metrics/exported/filled.hpp"

namespace spillway::exported::documented_test {
namespace {

const std::filesystem::path root{SPILLWAY_SOURCE_ROOT};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines{};
  std::istringstream stream{text};
  for (std::string line{}; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Family {
  std::string type{};
  std::string help{};
  std::set<std::string> labels{};  ///< of its series
};

/// What a page in Prometheus' text format declares and shows.
std::map<std::string, Family> families_of(const std::string& page) {
  std::map<std::string, Family> families{};
  std::string current{};
  for (const std::string& line : lines_of(page)) {
    std::istringstream words{line};
    std::string mark{};
    std::string kind{};
    words >> mark >> kind;
    if (mark == "#") {
      words >> current;
      std::string rest{};
      std::getline(words >> std::ws, rest);
      (kind == "HELP" ? families[current].help : families[current].type) = rest;
      continue;
    }
    const std::size_t open{line.find('{')};
    if (open == std::string::npos) continue;
    std::string_view labels{std::string_view{line}.substr(open + 1)};
    while (!labels.empty() && labels.front() != '}') {
      const std::size_t equals{labels.find("=\"")};
      REQUIRE(equals != labels.npos);
      const std::string name{labels.substr(0, equals)};
      if (name != "le") families[current].labels.insert(name);
      labels.remove_prefix(labels.find('"', equals + 2) + 1);
      if (labels.starts_with(',')) labels.remove_prefix(1);
    }
  }
  return families;
}

/// `| name | type | labels | meaning |`: the help, with its labels in a column of their own.
std::string row_of(const std::string& name, const Family& family) {
  static constexpr std::string_view mark{" Labels: "};
  const std::size_t at{family.help.find(mark)};
  const bool has_labels{at != std::string::npos};
  std::string labels{has_labels ? family.help.substr(at + mark.size()) : ""};
  if (labels.ends_with('.')) labels.pop_back();
  std::string meaning{has_labels ? family.help.substr(0, at)
                                 : family.help.substr(0, family.help.find(" No labels."))};
  if (meaning.ends_with('.')) meaning.pop_back();
  return fmt::format("| `{}` | {} | {} | {} |", name, family.type, labels, meaning);
}

/// Every `spillway_word` in `text`, without what follows it.
std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names{};
  const auto is_letter{
      [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }};
  for (std::size_t at{text.find("spillway_")}; at != text.npos; at = text.find("spillway_", at)) {
    std::size_t end{at};
    while (end < text.size() && is_letter(text[end])) ++end;
    names.insert(text.substr(at, end - at));
    at = end;
  }
  return names;
}

TEST_CASE("every family at /metrics stands in the table, word for word, and the reverse") {
  Telemetry telemetry{"1"};
  fill(telemetry);
  std::set<std::string> shown{};
  for (const auto& [name, family] : families_of(telemetry.exposition())) {
    shown.insert(row_of(name, family));
  }
  std::set<std::string> documented{};
  for (const std::string& line : lines_of(text_of(root / "metrics/exported/README.md"))) {
    if (line.starts_with("| `spillway_")) documented.insert(line);
  }
  for (const std::string& row : shown) {
    CAPTURE(row);
    CHECK(documented.contains(row));
  }
  for (const std::string& row : documented) {
    CAPTURE(row);
    CHECK(shown.contains(row));
  }
  CHECK(shown.size() >= 30);
}

TEST_CASE("the help of every family names exactly the labels that its series have") {
  Telemetry telemetry{"1"};
  fill(telemetry);
  for (const auto& entry : families_of(telemetry.exposition())) {
    const Family& family{entry.second};
    CAPTURE(entry.first);
    CAPTURE(family.help);
    CHECK_FALSE(family.type.empty());
    CHECK((family.help.find("Labels: ") == std::string::npos) == family.labels.empty());
    CHECK((family.help.find("No labels.") != std::string::npos) == family.labels.empty());
    const std::string promised{
        family.help.substr(std::min(family.help.find("Labels: "), family.help.size()))};
    for (const std::string& label : family.labels) {
      CAPTURE(label);
      CHECK(promised.find(label) != std::string::npos);
    }
  }
}

TEST_CASE("what dashboards, alerts and documents of the repository ask for is exported") {
  Telemetry telemetry{"1"};
  fill(telemetry);
  std::set<std::string> exported{};
  for (const auto& [name, family] : families_of(telemetry.exposition())) {
    exported.insert(name);
    if (family.type != "histogram") continue;
    for (const char* part : {"_bucket", "_sum", "_count"}) exported.insert(name + part);
  }
  for (const char* place : {"README.md", "config", "metrics/exported/README.md"}) {
    std::vector<std::filesystem::path> files{};
    if (std::filesystem::is_regular_file(root / place)) files.push_back(root / place);
    if (std::filesystem::is_directory(root / place)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator{root / place}) {
        const std::string end{entry.path().extension()};
        const bool is_text{end == ".md" || end == ".json" || end == ".yaml" || end == ".yml"};
        if (entry.is_regular_file() && is_text) files.push_back(entry.path());
      }
    }
    for (const auto& file : files) {
      for (const std::string& name : names_in(text_of(file))) {
        CAPTURE(file.string());
        CAPTURE(name);
        CHECK(exported.contains(name));
      }
    }
  }
}

}  // namespace
}  // namespace spillway::exported::documented_test
