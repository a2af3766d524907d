// An environment of variables and files that a test writes down.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/settings/environment.hpp"

namespace spillway::settings {

struct FakeEnvironment final : Environment {
  std::map<std::string, std::string, std::less<>> variables{};
  std::map<std::string, std::string> files{};

  std::optional<std::string> variable(std::string_view name) const override {
    const auto found{variables.find(name)};
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }

  Result<std::string> read_file(const std::string& path, std::size_t bytes_max) const override {
    const auto found{files.find(path)};
    if (found == files.end()) {
      return Error{.code = Errc::not_found, .context = "No such file or directory"};
    }
    if (found->second.size() > bytes_max) {
      return Error{.code = Errc::too_large, .context = "too large"};
    }
    return found->second;
  }

  /// Patterns here are a prefix, `*` and a suffix.
  std::vector<std::string> matches(const std::string& pattern) const override {
    const std::size_t star{pattern.find('*')};
    std::vector<std::string> paths;
    for (const auto& [path, text] : files) {
      const bool is_match{star == pattern.npos ? path == pattern
                                               : path.starts_with(pattern.substr(0, star)) &&
                                                     path.ends_with(pattern.substr(star + 1))};
      if (is_match) paths.push_back(path);
    }
    return paths;
  }
};

}  // namespace spillway::settings
