// The table of measured start times, a bounded number for each place.
#pragma once

#include <map>
#include <utility>

#include "controller/core/snapshot.hpp"
#include "controller/state/sqlite/database.hpp"
#include "controller/state/store.hpp"

namespace spillway::state {

class StartTable {
 public:
  static Result<StartTable> open(Database& database);

  /// Adds a sample and drops the place's oldest beyond `start_samples_kept`, within the caller's
  /// transaction.
  Result<void> write(const StartSample& sample);

  /// Remembered until the place gets another sample, as every tick asks.
  Result<StartTimes> times(const Place& place);

 private:
  StartTable(Statement insert, Statement trim, Statement read)
      : insert_{std::move(insert)}, trim_{std::move(trim)}, read_{std::move(read)} {}

  Statement insert_;
  Statement trim_;
  Statement read_;
  std::map<Place, StartTimes> known_{};
};

}  // namespace spillway::state
