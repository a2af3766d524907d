// What all cross checks of one config share: what was read, from where, and where to complain.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/settings/config.hpp"
#include "controller/settings/environment.hpp"
#include "controller/settings/node.hpp"

namespace spillway::settings {

/// From the root to a setting: `{"workloads", "web", "cluster"}`. Only looks at the texts.
using Steps = std::vector<std::string_view>;

struct CheckContext {
  const Config& config;
  const Node& root;
  const Environment& environment;
  Complaints& complaints;

  /// Nothing is said of a setting that the reader has already complained about.
  void report(const Steps& steps, std::string message);

  /// Reports `name` unless it is one of `known`, the names of the section `family`.
  void check_reference(const Steps& steps, std::string_view what, std::string_view name,
                       std::string_view family, const std::vector<std::string_view>& known);
};

template <class T>
std::vector<std::string_view> names_of(const std::map<std::string, T>& section) {
  std::vector<std::string_view> names;
  names.reserve(section.size());
  for (const auto& entry : section) names.push_back(entry.first);
  return names;
}

}  // namespace spillway::settings
