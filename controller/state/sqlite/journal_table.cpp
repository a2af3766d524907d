#include "controller/state/sqlite/journal_table.hpp"

#include <fmt/format.h>

#include "controller/state/journal_json.hpp"

namespace spillway::state {
namespace {

/// A row or two is damage; more in one reading is a disk or a program that a person has to see to.
constexpr int passed_over_max{100};

}  // namespace

Result<JournalTable> JournalTable::open(Database& database, OnUnreadable on_unreadable) {
  auto remove{database.prepare("DELETE FROM journal WHERE workload = ? AND at = ?")};
  if (!remove) return remove.error();
  auto insert{database.prepare(
      "INSERT INTO journal (at, workload, settings_hash, document) VALUES (?, ?, ?, ?)")};
  if (!insert) return insert.error();
  auto add_outcome{
      database.prepare("INSERT INTO late_outcome (entry, action, group_name, result) "
                       "SELECT id, ?3, ?4, ?5 FROM journal WHERE workload = ?1 AND at = ?2")};
  if (!add_outcome) return add_outcome.error();
  auto outcomes{database.prepare(
      "SELECT action, group_name, result FROM late_outcome WHERE entry = ? ORDER BY id")};
  if (!outcomes) return outcomes.error();
  auto prune{
      database.prepare("DELETE FROM journal WHERE id IN "
                       "(SELECT id FROM journal WHERE at < ? ORDER BY at LIMIT ?)")};
  if (!prune) return prune.error();
  return JournalTable{database,
                      std::move(*remove),
                      std::move(*insert),
                      std::move(*add_outcome),
                      std::move(*outcomes),
                      std::move(*prune),
                      std::move(on_unreadable)};
}

Result<void> JournalTable::write(const JournalEntry& entry) {
  const std::string document{encode_journal(entry)};
  if (document.size() > journal_bytes_max) {
    return Error{
        Errc::too_large,
        fmt::format("the journal entry of {} at {} has {} bytes: the limit is {}", entry.workload,
                    to_string(entry.at), document.size(), journal_bytes_max)};
  }
  // Removed and inserted rather than updated: ids grow in the order of writing.
  if (auto removed{remove_.run(entry.workload, entry.at)}; !removed) return removed;
  return insert_.run(entry.at, entry.workload, entry.settings_hash, document);
}

Result<void> JournalTable::write(const LateOutcome& late) {
  return add_outcome_.run(late.workload, late.tick, late.outcome.action, late.outcome.group.name,
                          late.outcome.result);
}

Result<std::vector<JournalEntry>> JournalTable::find(const JournalQuery& query) {
  // Only the conditions that were asked for, so that each question finds its index.
  const std::string sql{fmt::format(
      "SELECT id, at, workload, document FROM journal WHERE {} AND {} AND {} AND {} "
      "ORDER BY at DESC, id DESC LIMIT ?5",
      query.id ? "id = ?1" : "?1 = 0", query.workload.empty() ? "?2 = ''" : "workload = ?2",
      query.since ? "at >= ?3" : "?3 = 0", query.until ? "at < ?4" : "?4 = 0")};
  auto statement{database_->prepare(sql)};
  if (!statement) return statement.error();
  std::vector<JournalEntry> entries{};
  std::vector<UnreadableEntry> passed_over{};
  const std::size_t passes_over{on_unreadable_ ? std::size_t{passed_over_max} : 0};
  const auto read{statement->rows(
      [&](Row& row) {
        if (std::cmp_equal(entries.size(), query.limit)) return row.finish();
        UnreadableEntry bare{.id = row.integer(), .at = row.instant(), .workload = row.text()};
        auto entry{decode_journal(row.text())};
        if (entry) {
          entry->id = bare.id;
          return entries.push_back(std::move(*entry));
        }
        bare.complaint = entry.error().context;
        if (passed_over.size() < passes_over) return passed_over.push_back(std::move(bare));
        row.fail(fmt::format("of entry {}: {}", bare.id, bare.complaint));
      },
      query.id.value_or(0), query.workload, query.since.value_or(TimePoint{}),
      query.until.value_or(TimePoint{}), std::int64_t{query.limit} + passed_over_max)};
  tell(passed_over);
  if (!read) return read.error();
  for (JournalEntry& entry : entries) {
    if (const auto joined{append_late_outcomes(entry)}; !joined) return joined.error();
  }
  return entries;
}

void JournalTable::tell(const std::vector<UnreadableEntry>& passed_over) {
  for (const UnreadableEntry& each : passed_over) {
    if (told_.insert(each.id).second) on_unreadable_(each);
  }
}

Result<void> JournalTable::append_late_outcomes(JournalEntry& entry) {
  return outcomes_.rows(
      [&](Row& row) {
        Outcome outcome{};
        outcome.action = row.text();
        outcome.group.name = row.text();
        outcome.result = row.text();
        entry.outcomes.push_back(std::move(outcome));
      },
      entry.id);
}

Result<int> JournalTable::prune(TimePoint instant, int limit) {
  const auto done{prune_.run(instant, limit)};
  if (!done) return done.error();
  return database_->changes();
}

}  // namespace spillway::state
