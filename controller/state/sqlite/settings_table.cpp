#include "controller/state/sqlite/settings_table.hpp"

#include <fmt/format.h>

#include <optional>

namespace spillway::state {

Result<SettingsTable> SettingsTable::open(Database& database) {
  auto save{database.prepare("INSERT OR REPLACE INTO settings (hash, document) VALUES (?, ?)")};
  if (!save) return save.error();
  auto find{database.prepare("SELECT document FROM settings WHERE hash = ?")};
  if (!find) return find.error();
  auto prune{database.prepare(
      "DELETE FROM settings WHERE sequence IN (SELECT sequence FROM settings WHERE "
      "sequence < (SELECT max(sequence) FROM settings) AND NOT EXISTS "
      "(SELECT 1 FROM journal WHERE settings_hash = settings.hash) LIMIT ?)")};
  if (!prune) return prune.error();
  return SettingsTable{database, std::move(*save), std::move(*find), std::move(*prune)};
}

Result<void> SettingsTable::save(const std::string& hash, const std::string& text) {
  return save_.run(hash, text);
}

Result<std::string> SettingsTable::find(const std::string& hash) {
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
