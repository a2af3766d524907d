// The table of group records: written, read and pruned, together with the ledger that follows it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/core/ledger.hpp"
#include "controller/state/sqlite/database.hpp"
#include "controller/state/store.hpp"

namespace spillway::state {

class GroupTable {
 public:
  static Result<GroupTable> open(Database& database);

  /// Inserts or replaces, within the caller's transaction. The ledger learns of it by `committed`.
  Result<void> write(const GroupRecord& record);
  void committed();
  void rolled_back() { changes_.clear(); }

  Result<std::vector<GroupRecord>> open_groups();
  Result<std::vector<GroupRecord>> find(const GroupQuery& query);

  /// Removes at most `limit` groups that closed before `instant`; returns how many.
  Result<int> prune(TimePoint instant, int limit);

  Result<Spend> spend(const std::string& workload, TimePoint now);
  Result<Spend> total_spend(TimePoint now);

 private:
  GroupTable(Database& database, Statement upsert, Statement find_one, Statement open,
             Statement prune)
      : database_{&database},
        upsert_{std::move(upsert)},
        find_one_{std::move(find_one)},
        open_{std::move(open)},
        prune_{std::move(prune)} {}

  Result<void> load_ledger(TimePoint now);

  struct Change {
    std::optional<BilledRun> before{};
    std::optional<BilledRun> after{};
  };

  Database* database_;
  Statement upsert_;
  Statement find_one_;
  Statement open_;
  Statement prune_;
  std::vector<Change> changes_{};   ///< of the transaction that is going on
  std::optional<Ledger> ledger_{};  ///< nothing until somebody asks what was spent
  TimePoint ledger_month_{};        ///< the ledger knows all that was charged since
};

}  // namespace spillway::state
