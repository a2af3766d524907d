// The directory that one acting controller owns: made private, and locked for as long as the value
// lives, also against controllers in other containers on the same volume. The kernel lets go of
// the lock when the process dies, however it dies.
#pragma once

#include <filesystem>
#include <utility>

#include "controller/core/error.hpp"

namespace spillway::state {

class StateDirectory {
 public:
  /// Creates `path` (0700) where missing and takes the lock. Errors: `unavailable` if another
  /// controller has it (the context names its process id), `denied` if it cannot be written.
  static Result<StateDirectory> acquire(const std::filesystem::path& path);

  StateDirectory(StateDirectory&& other) noexcept
      : path_{std::move(other.path_)}, lock_{std::exchange(other.lock_, -1)} {}
  StateDirectory& operator=(StateDirectory&&) = delete;
  ~StateDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  StateDirectory(std::filesystem::path path, int lock) : path_{std::move(path)}, lock_{lock} {}

  std::filesystem::path path_;
  int lock_;
};

/// Makes sure that `path` exists as a file that only this user may read (0600). Errors: denied,
/// unavailable.
Result<void> make_private_file(const std::filesystem::path& path);

}  // namespace spillway::state
