#include "controller/state/sqlite/settings_table.hpp"

#include <fmt/format.h>

#include <optional>

namespace spillway::state {

Result<SettingsTable> SettingsTable::open(Database& database) {
  // In use by this process; the first entry that names them may be yet to come. Gone with it.
  if (const auto made{database.execute(
          "CREATE TEMP TABLE settings_in_use (hash TEXT PRIMARY KEY) WITHOUT ROWID")};
      !made) {
    return made.error();
  }
  auto insert{database.prepare("INSERT OR IGNORE INTO settings (hash, document) VALUES (?, ?)")};
  if (!insert) return insert.error();
  auto mark{database.prepare("INSERT OR IGNORE INTO temp.settings_in_use (hash) VALUES (?)")};
  if (!mark) return mark.error();
  auto find{database.prepare("SELECT document FROM settings WHERE hash = ?")};
  if (!find) return find.error();
  auto prune{database.prepare(
      "DELETE FROM settings WHERE sequence IN (SELECT sequence FROM settings AS old WHERE "
      "NOT EXISTS (SELECT 1 FROM temp.settings_in_use WHERE hash = old.hash) AND "
      "NOT EXISTS (SELECT 1 FROM journal WHERE settings_hash = old.hash) LIMIT ?)")};
  if (!prune) return prune.error();
  return SettingsTable{database, std::move(*insert), std::move(*mark), std::move(*find),
                       std::move(*prune)};
}

void SettingsTable::save(const std::string& hash, const std::string& text) {
  unwritten_.insert_or_assign(hash, text);
}

Result<void> SettingsTable::write_saved() {
  for (const auto& [hash, text] : unwritten_) {
    if (auto marked{mark_.run(hash)}; !marked) return marked;
    if (auto inserted{insert_.run(hash, text)}; !inserted) return inserted;
  }
  return {};
}

Result<std::string> SettingsTable::find(const std::string& hash) {
  if (const auto found{unwritten_.find(hash)}; found != unwritten_.end()) return found->second;
  std::optional<std::string> text{};
  const auto read{find_.rows([&](Row& row) { text = row.text(); }, hash)};
  if (!read) return read.error();
  if (!text) return Error{Errc::not_found, fmt::format("settings {} are not in the store", hash)};
  return *text;
}

Result<int> SettingsTable::prune(int limit) {
  const auto done{prune_.run(limit)};
  if (!done) return done.error();
  return database_->changes();
}

}  // namespace spillway::state
