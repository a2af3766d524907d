#include "controller/cli/observation_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/settings/suggestion.hpp"

namespace spillway::cli {
namespace {

struct Section {
  std::string_view name;
  std::vector<std::string_view> keys;
};

const std::vector<Section>& sections() {
  static const std::vector<Section> all{
      {"base", {"ready"}},
      {"vms", {"ready", "starting"}},
      {"burst", {"ready", "starting", "draining"}},
      {"start", {"median_s", "p95_s"}},
      {"standby", {"ready", "starting", "start_s"}},
      {"spend", {"hour", "day", "month"}},
  };
  return all;
}

std::vector<std::string_view> keys_of_line(std::span<const std::string> own) {
  std::vector<std::string_view> keys{"at", "price"};
  keys.insert(keys.end(), usual_signals.begin(), usual_signals.end());
  for (const Section& section : sections()) keys.push_back(section.name);
  keys.insert(keys.end(), own.begin(), own.end());
  return keys;
}

const Section* section_named(std::string_view name) {
  const auto found{std::ranges::find(sections(), name, &Section::name)};
  return found == sections().end() ? nullptr : &*found;
}

bool has(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

std::vector<std::string> unknown_keys(const state::JsonNode& root,
                                      std::span<const std::string> own) {
  std::vector<std::string> unknown{};
  const auto known{keys_of_line(own)};
  for (std::size_t i{0}; i < root.keys.size() && i < root.items.size(); ++i) {
    const std::string& key{root.keys[i]};
    if (!has(known, key)) unknown.push_back(key);
    const Section* const section{section_named(key)};
    if (!section) continue;
    for (const std::string& inner : root.items[i].keys) {
      if (!has(section->keys, inner)) unknown.push_back(key + "." + inner);
    }
  }
  return unknown;
}

std::string words_on_unknown_key(std::string_view key, std::span<const std::string> own) {
  const std::size_t dot{key.find('.')};
  const Section* const section{dot == std::string_view::npos ? nullptr
                                                             : section_named(key.substr(0, dot))};
  const auto known{section ? section->keys : keys_of_line(own)};
  const auto near{settings::nearest_word(section ? key.substr(dot + 1) : key, known)};
  return near ? fmt::format("did you mean \"{}\"?", *near)
              : fmt::format("there is {}", fmt::join(known, ", "));
}

}  // namespace spillway::cli
