// The table of settings texts that journal entries name by hash.
#pragma once

#include <string>
#include <utility>

#include "controller/state/sqlite/database.hpp"

namespace spillway::state {

class SettingsTable {
 public:
  static Result<SettingsTable> open(Database& database);

  /// Within the caller's transaction. Saved last counts, also when the hash was there before.
  Result<void> save(const std::string& hash, const std::string& text);

  /// Errors: not_found.
  Result<std::string> find(const std::string& hash);

  /// Removes at most `limit` settings that no entry names and that were not saved last.
  Result<int> prune(int limit);

 private:
  SettingsTable(Database& database, Statement save, Statement find, Statement prune)
      : database_{&database},
        save_{std::move(save)},
        find_{std::move(find)},
        prune_{std::move(prune)} {}

  Database* database_;
  Statement save_;
  Statement find_;
  Statement prune_;
};

}  // namespace spillway::state
