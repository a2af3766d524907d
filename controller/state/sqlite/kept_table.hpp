// The table of kept texts: few rows, each replaced as a whole.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "controller/state/sqlite/database.hpp"
#include "controller/state/store.hpp"

namespace spillway::state {

class KeptTable {
 public:
  static Result<KeptTable> open(Database& database);

  /// Within the caller's transaction.
  Result<void> write(const KeptText& kept);

  Result<std::optional<KeptText>> find(const std::string& key);

 private:
  KeptTable(Statement replace, Statement read)
      : replace_{std::move(replace)}, read_{std::move(read)} {}

  Statement replace_;
  Statement read_;
};

}  // namespace spillway::state
