// What a configuration may read besides its own text: environment variables, secret files, included
// files. The seam that tests replace; reading a config is pure apart from it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::settings {

class Environment {
 public:
  virtual ~Environment() = default;

  /// The environment variable; nothing if it is not set.
  virtual std::optional<std::string> variable(std::string_view name) const = 0;

  /// The whole file. Errors: not_found, denied, too_large (beyond `bytes_max`), unavailable; the
  /// context is the end of a sentence: "No such file or directory".
  virtual Result<std::string> read_file(const std::string& path, std::size_t bytes_max) const = 0;

  /// The files that match a shell pattern, sorted. No match is an empty list.
  virtual std::vector<std::string> matches(const std::string& pattern) const = 0;
};

/// This process's environment and the real file system.
class ProcessEnvironment final : public Environment {
 public:
  std::optional<std::string> variable(std::string_view name) const override;
  Result<std::string> read_file(const std::string& path, std::size_t bytes_max) const override;
  std::vector<std::string> matches(const std::string& pattern) const override;
};

/// `path` as seen from the file `from`: unchanged if absolute.
std::string relative_to_file(std::string_view from, std::string_view path);

}  // namespace spillway::settings
