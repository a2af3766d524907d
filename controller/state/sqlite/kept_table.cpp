#include "controller/state/sqlite/kept_table.hpp"

namespace spillway::state {

Result<KeptTable> KeptTable::open(Database& database) {
  auto replace{
      database.prepare("INSERT OR REPLACE INTO kept_text (key, text, at) VALUES (?, ?, ?)")};
  if (!replace) return replace.error();
  auto read{database.prepare("SELECT text, at FROM kept_text WHERE key = ?")};
  if (!read) return read.error();
  return KeptTable{std::move(*replace), std::move(*read)};
}

Result<void> KeptTable::write(const KeptText& kept) {
  return replace_.run(kept.key, kept.text, kept.at);
}

Result<std::optional<KeptText>> KeptTable::find(const std::string& key) {
  std::optional<KeptText> found{};
  const auto read{read_.rows(
      [&](Row& row) {
        KeptText kept{.key = key};
        kept.text = row.text();
        kept.at = row.instant();
        found = std::move(kept);
      },
      key)};
  if (!read) return read.error();
  return found;
}

}  // namespace spillway::state
