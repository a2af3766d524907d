// The file that a balancer reads: replaced in one step, by way of a hidden file beside it, so that
// neither the balancer nor a pattern such as `conf.d/*.conf` ever sees half of one. Permissions,
// and where we may the owner, are kept; a symbolic link stays one. Blocking, as files are.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"

namespace spillway::template_file {

constexpr std::size_t file_bytes_max{8UL * 1024 * 1024};

class PlacedFile {
 public:
  explicit PlacedFile(const std::filesystem::path& path);

  /// Nothing if there is no such file. Errors: those of `io::read_file`.
  Result<std::optional<std::string>> read() const;

  /// Writes the hidden file. Errors: those of `io::write_file_atomically`.
  Result<void> stage(std::string_view content) const;
  const std::filesystem::path& staged() const { return staged_; }

  /// The hidden file becomes the file. Errors: denied, unavailable.
  Result<void> place() const;
  /// The hidden file goes. Idempotent.
  void discard() const;

  /// Stage and place; nothing as content: there was no file, so it goes.
  Result<void> restore(const std::optional<std::string>& content) const;

 private:
  std::filesystem::path path_;
  std::filesystem::path staged_;
};

}  // namespace spillway::template_file
