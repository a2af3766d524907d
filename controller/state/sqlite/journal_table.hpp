// The tables of the decision journal: one document for each tick of a workload, and the outcomes
// that came after it was written.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/state/sqlite/database.hpp"
#include "controller/state/store.hpp"

namespace spillway::state {

class JournalTable {
 public:
  using OnUnreadable = std::function<void(const UnreadableEntry&)>;

  /// With `on_unreadable`, entries that cannot be read are passed over and told, each once.
  static Result<JournalTable> open(Database& database, OnUnreadable on_unreadable);

  /// Both within the caller's transaction.
  Result<void> write(const JournalEntry& entry);
  Result<void> write(const LateOutcome& late);

  Result<std::vector<JournalEntry>> find(const JournalQuery& query);

  /// Removes at most `limit` entries older than `instant`; returns how many.
  Result<int> prune(TimePoint instant, int limit);

 private:
  JournalTable(Database& database, Statement remove, Statement insert, Statement add_outcome,
               Statement outcomes, Statement prune, OnUnreadable on_unreadable)
      : database_{&database},
        remove_{std::move(remove)},
        insert_{std::move(insert)},
        add_outcome_{std::move(add_outcome)},
        outcomes_{std::move(outcomes)},
        prune_{std::move(prune)},
        on_unreadable_{std::move(on_unreadable)} {}

  void tell(const std::vector<UnreadableEntry>& passed_over);
  Result<void> append_late_outcomes(JournalEntry& entry);

  Database* database_;
  Statement remove_;
  Statement insert_;
  Statement add_outcome_;
  Statement outcomes_;
  Statement prune_;
  OnUnreadable on_unreadable_;
  std::set<std::int64_t> told_{};
};

}  // namespace spillway::state
