#include "controller/state/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "controller/core/ledger.hpp"
#include "controller/core/start_times.hpp"
#include "controller/state/sqlite/database.hpp"
#include "controller/state/sqlite/group_table.hpp"
#include "controller/state/sqlite/journal_table.hpp"
#include "controller/state/sqlite/kept_table.hpp"
#include "controller/state/sqlite/schema.hpp"
#include "controller/state/sqlite/settings_table.hpp"
#include "controller/state/sqlite/start_table.hpp"
#include "controller/state/sqlite/state_directory.hpp"

namespace spillway::state {
namespace {

/// Rows that one `prune` removes at most from a table: 500 journal documents are some 2 MB, a few
/// milliseconds.
constexpr int prune_rows_max{500};

struct Tables {
  GroupTable groups;
  JournalTable journal;
  SettingsTable settings;
  StartTable starts;
  KeptTable kept;
};

Result<Tables> open_tables(Database& database, JournalTable::OnUnreadable on_unreadable) {
  auto groups{GroupTable::open(database)};
  if (!groups) return groups.error();
  auto journal{JournalTable::open(database, std::move(on_unreadable))};
  if (!journal) return journal.error();
  auto settings{SettingsTable::open(database)};
  if (!settings) return settings.error();
  auto starts{StartTable::open(database)};
  if (!starts) return starts.error();
  auto kept{KeptTable::open(database)};
  if (!kept) return kept.error();
  return Tables{std::move(*groups), std::move(*journal), std::move(*settings), std::move(*starts),
                std::move(*kept)};
}

class SqliteStore final : public Store {
 public:
  /// `directory` is nothing for a read-only store.
  SqliteStore(std::optional<StateDirectory> directory, std::unique_ptr<Database> database,
              Tables tables)
      : directory_{std::move(directory)},
        database_{std::move(database)},
        tables_{std::move(tables)} {}

  Result<void> write(const StateBatch& batch) override {
    if (batch.is_empty()) return {};
    auto written{in_transaction([&] { return write_all(batch); })};
    if (!written) {
      tables_.groups.rolled_back();
      if (directory_) directory_->note_alive();
      return with_context("writing state", written.error());
    }
    tables_.groups.committed();
    tables_.settings.committed();
    return {};
  }

  std::optional<TimePoint> alive_until() override {
    return directory_ ? directory_->was_alive_at() : std::nullopt;
  }

  Result<std::vector<GroupRecord>> open_groups() override { return tables_.groups.open_groups(); }

  Result<std::vector<GroupRecord>> groups(const GroupQuery& query) override {
    return tables_.groups.find(query);
  }

  Result<std::vector<JournalEntry>> journal(const JournalQuery& query) override {
    return tables_.journal.find(query);
  }

  Result<std::optional<LastTick>> last_tick(const std::string& workload, Duration window) override {
    auto last{tables_.journal.find({.workload = workload, .limit = 1})};
    if (!last) return last.error();
    if (last->empty()) return std::optional<LastTick>{};
    return std::optional{last_tick_of(std::move(last->front()), window)};
  }

  Result<Spend> spend(const std::string& workload, TimePoint now) override {
    return tables_.groups.spend(workload, now);
  }

  Result<Spend> total_spend(TimePoint now) override { return tables_.groups.total_spend(now); }

  Result<StartTimes> start_times(const Place& place) override {
    return tables_.starts.times(place);
  }

  Result<std::optional<KeptText>> kept(const std::string& key) override {
    return tables_.kept.find(key);
  }

  Result<void> save_settings(const std::string& hash, const std::string& text) override {
    tables_.settings.save(hash, text);
    return {};
  }

  Result<std::string> settings(const std::string& hash) override {
    return tables_.settings.find(hash);
  }

  Result<PruneReport> prune(TimePoint older_than) override {
    PruneReport report{};
    const auto add{[&](const Result<int>& removed) -> Result<void> {
      if (!removed) return removed.error();
      report.removed += *removed;
      if (*removed == prune_rows_max) report.is_done = false;
      return {};
    }};
    const auto pruned{in_transaction([&]() -> Result<void> {
      auto step{add(tables_.journal.prune(older_than, prune_rows_max))};
      if (!step) return step;
      step = add(tables_.groups.prune(period_starts(older_than).month, prune_rows_max));
      if (!step) return step;
      return add(tables_.settings.prune(prune_rows_max));
    })};
    if (!pruned) return with_context("pruning state", pruned.error());
    return report;
  }

 private:
  Result<void> in_transaction(auto&& body) {
    if (directory_ && database_->has_moved()) {
      return Error{Errc::unavailable,
                   fmt::format("{}: the database was removed or replaced while it was in use, and "
                               "the lock with it; start Spillway anew, which finds running groups "
                               "by their tags, or stop it and restore a backup",
                               directory_->path().string())};
    }
    auto transaction{Transaction::begin(*database_)};
    if (!transaction) return transaction.error();
    if (auto done{body()}; !done) return done;
    return transaction->commit();
  }

  Result<void> write_all(const StateBatch& batch) {
    if (auto done{tables_.settings.write_saved()}; !done) return done;
    for (const GroupRecord& record : batch.groups) {
      if (auto done{tables_.groups.write(record)}; !done) return done;
    }
    for (const JournalEntry& entry : batch.journal) {
      if (auto done{tables_.journal.write(entry)}; !done) return done;
    }
    for (const LateOutcome& late : batch.outcomes) {
      if (auto done{tables_.journal.write(late)}; !done) return done;
    }
    for (const StartSample& sample : batch.starts) {
      if (auto done{tables_.starts.write(sample)}; !done) return done;
    }
    for (const KeptText& kept : batch.kept) {
      if (auto done{tables_.kept.write(kept)}; !done) return done;
    }
    return {};
  }

  std::optional<StateDirectory> directory_;  ///< first, so that the lock is released last
  std::unique_ptr<Database> database_;       ///< at an address that the tables may keep
  Tables tables_;
};

Result<void> prepare_for_writing(Database& database, const SqliteSettings& settings) {
  // FULL: the log is synced at every commit, so that an acknowledged intent survives a power cut.
  auto set{database.execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
      "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;")};
  if (!set) return set;
  if (settings.bytes_max) {
    const auto page{database.number("PRAGMA page_size")};
    if (!page) return page.error();
    const std::string limit{fmt::format("PRAGMA max_page_count = {}", *settings.bytes_max / *page)};
    if (auto limited{database.execute(limit.c_str())}; !limited) return limited;
  }
  return migrate(database);
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteSettings& settings) {
  const std::filesystem::path path{settings.directory / "spillway.db"};
  std::optional<StateDirectory> directory{};
  if (!settings.is_read_only) {
    auto acquired{StateDirectory::acquire(settings.directory)};
    if (!acquired) return acquired.error();
    directory.emplace(std::move(*acquired));
    if (const auto made{make_private_file(path)}; !made) return made.error();
  } else if (std::error_code ignored{}; !std::filesystem::exists(path, ignored)) {
    return Error{Errc::not_found,
                 fmt::format("there is no state in {}: start `spillway run` first, or set "
                             "state.directory to where it keeps its state",
                             settings.directory.string())};
  }
  auto opened{Database::open(
      path, settings.is_read_only ? Database::Access::read_only : Database::Access::read_write)};
  if (!opened) return with_context("opening state", opened.error());
  auto database{std::make_unique<Database>(std::move(*opened))};
  const auto ready{settings.is_read_only ? check_version(*database)
                                         : prepare_for_writing(*database, settings)};
  if (!ready) return with_context("opening state", ready.error());
  auto tables{open_tables(*database, settings.on_unreadable)};
  if (!tables) return with_context("opening state", tables.error());
  return std::make_unique<SqliteStore>(std::move(directory), std::move(database),
                                       std::move(*tables));
}

}  // namespace spillway::state
