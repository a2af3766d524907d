// The store in a SQLite file: `spillway.db` in the state directory, write-ahead logged, synced at
// every commit. Read-only stores look at the file of a running controller and change nothing.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controller/core/error.hpp"
#include "controller/state/store.hpp"

namespace spillway::state {

struct SqliteSettings {
  std::filesystem::path directory{};  ///< created (0700) where missing
  bool is_read_only{false};           ///< takes no lock; `write` and the like are `denied`
  /// The file may not grow beyond; nothing: as far as the disk goes. At the limit writes fail as
  /// on a full disk until `prune` has made room.
  std::optional<std::int64_t> bytes_max{};
  /// Told of each journal entry that cannot be read, once, while it is passed over as if it were
  /// not there: which groups are ours and what they cost stands elsewhere. It stays in the file
  /// until `prune`. Null: nobody would hear of it, so it is an error; so is a whole series of them.
  std::function<void(const UnreadableEntry&)> on_unreadable{};
};

/// Opens the store, migrating an older file. Errors: `unavailable` (another controller has the
/// directory: its process id is named; disk trouble), `denied` (permissions), `malformed` (damaged,
/// or of a newer version), `not_found` (read-only, and there is none yet).
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteSettings& settings);

}  // namespace spillway::state
