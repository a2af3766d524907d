// The table of settings texts that journal entries name by hash.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "controller/state/sqlite/database.hpp"

namespace spillway::state {

class SettingsTable {
 public:
  static Result<SettingsTable> open(Database& database);

  /// Keeps the text in memory until `write_saved`.
  void save(const std::string& hash, const std::string& text);

  /// Writes what was saved, within the caller's transaction: an entry is never durable without the
  /// settings that it names, and 10,000 workloads cost one sync at start instead of 10,000.
  Result<void> write_saved();
  void committed() { unwritten_.clear(); }

  /// Errors: not_found.
  Result<std::string> find(const std::string& hash);

  /// Removes at most `limit` settings that no entry names and that this process did not save.
  Result<int> prune(int limit);

 private:
  SettingsTable(Database& database, Statement insert, Statement mark, Statement find,
                Statement prune)
      : database_{&database},
        insert_{std::move(insert)},
        mark_{std::move(mark)},
        find_{std::move(find)},
        prune_{std::move(prune)} {}

  Database* database_;
  Statement insert_;
  Statement mark_;
  Statement find_;
  Statement prune_;
  std::map<std::string, std::string> unwritten_{};  ///< text by hash
};

}  // namespace spillway::state
