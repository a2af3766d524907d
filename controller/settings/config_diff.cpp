#include "controller/settings/config_diff.hpp"

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "controller/settings/effective.hpp"

namespace spillway::settings {
namespace {

constexpr std::string_view workloads_key{"workloads"};

struct Section {
  std::string name;
  std::string text;
};

/// The effective text cut at the lines that are indented by `indent`.
std::vector<Section> sections_of(std::string_view text, std::size_t indent) {
  std::vector<Section> sections;
  while (!text.empty()) {
    const std::size_t end{text.find('\n')};
    const std::string_view line{text.substr(0, end)};
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    const bool begins{line.find_first_not_of(' ') == indent};
    if (begins) sections.push_back({std::string{line.substr(indent, line.find(':') - indent)}, {}});
    if (!sections.empty()) sections.back().text += std::string{line} + '\n';
  }
  return sections;
}

std::vector<Section> sections_of(const Config& config) {
  Config copy{config};
  return sections_of(revealing_yaml([&](Fields& fields) { describe(fields, copy); }), 0);
}

std::map<std::string, std::string> by_name(std::vector<Section> sections) {
  std::map<std::string, std::string> texts;
  for (Section& section : sections) texts.emplace(std::move(section.name), std::move(section.text));
  return texts;
}

/// The entries of a section of names that differ.
void add_entries(std::string_view key, const std::string& before, const std::string& after,
                 std::vector<std::string>& changes) {
  const auto old_entries{by_name(sections_of(before, 2))};
  const auto new_entries{by_name(sections_of(after, 2))};
  std::set<std::string> names;
  for (const auto& entry : old_entries) names.insert(entry.first);
  for (const auto& entry : new_entries) names.insert(entry.first);
  for (const std::string& name : names) {
    const auto was{old_entries.find(name)};
    const auto is{new_entries.find(name)};
    const std::string path{std::string{key} + '.' + name};
    if (was == old_entries.end()) {
      changes.push_back(path + " (added)");
    } else if (is == new_entries.end()) {
      changes.push_back(path + " (removed)");
    } else if (was->second != is->second) {
      changes.push_back(path);
    }
  }
}

}  // namespace

std::vector<std::string> changed_sections(const Config& before, const Config& after) {
  std::vector<std::string> changes;
  const auto old_sections{by_name(sections_of(before))};
  const std::vector<Section> new_sections{sections_of(after)};
  for (const Section& section : new_sections) {
    const auto found{old_sections.find(section.name)};
    const std::string was{found == old_sections.end() ? "" : found->second};
    if (was == section.text) continue;
    if (section.name == workloads_key) {
      add_entries(section.name, was, section.text, changes);
    } else {
      changes.push_back(section.name);
    }
  }
  // A section that is only in the old text was optional and left out now.
  const auto now{by_name(new_sections)};
  for (const auto& [name, text] : old_sections) {
    if (!now.contains(name)) changes.push_back(name + " (removed)");
  }
  return changes;
}

}  // namespace spillway::settings
