// The directory that one acting controller owns: made private, and locked for as long as the value
// lives, also against controllers in other containers on the same volume. The kernel lets go of
// the lock when the process dies, however it dies.
#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway::state {

class StateDirectory {
 public:
  /// Creates `path` (0700) where missing and takes the lock. Errors: `unavailable` if another
  /// controller has it (the context names its process id), `denied` if it cannot be written.
  static Result<StateDirectory> acquire(const std::filesystem::path& path);

  StateDirectory(StateDirectory&& other) noexcept
      : path_{std::move(other.path_)},
        lock_{std::exchange(other.lock_, -1)},
        was_alive_at_{other.was_alive_at_} {}
  StateDirectory& operator=(StateDirectory&&) = delete;
  ~StateDirectory();

  const std::filesystem::path& path() const { return path_; }

  /// Leaves a sign of life that needs no room on the disk: the time of the lock file.
  void note_alive() const;
  /// The last one of the holders before this one, or when the lock was made. Nothing: it is new.
  std::optional<TimePoint> was_alive_at() const { return was_alive_at_; }

 private:
  StateDirectory(std::filesystem::path path, int lock) : path_{std::move(path)}, lock_{lock} {}

  std::filesystem::path path_;
  int lock_;
  std::optional<TimePoint> was_alive_at_{};
};

/// Makes sure that `path` exists as a file that only this user may read (0600). Errors: denied,
/// unavailable.
Result<void> make_private_file(const std::filesystem::path& path);

}  // namespace spillway::state
