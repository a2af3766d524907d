// A store for tests that does not need a file. What it acknowledged lives in a MemoryDisk that the
// test keeps, so that a controller can be "killed" and another one started on the same disk.
// Failures and kills are put at exact points. Held to the same contract suite as the real one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/state/store.hpp"

namespace spillway::testing {

/// What outlives a controller.
struct MemoryDisk {
  std::vector<GroupRecord> groups{};    ///< oldest intent first
  std::vector<JournalEntry> journal{};  ///< oldest first
  std::map<Place, std::vector<Duration>> starts{};
  std::map<std::string, std::string> settings{};
  std::map<std::string, KeptText> kept{};
  std::int64_t last_id{0};
  int writes{0};  ///< batches acknowledged
  std::optional<TimePoint> alive_until{};

  /// The record of that name, for checks; null if there is none.
  const GroupRecord* group(const GroupId& id) const;
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk) : disk_{std::move(disk)} {}

  /// Until further notice every call answers this, and writes nothing: a full disk. Nothing: well.
  void fail_with(std::optional<Error> error) { failure_ = std::move(error); }

  /// Called after each batch became durable and before `write` returns: the place to stop a
  /// controller between its intent and its create.
  void on_written(std::function<void(const StateBatch&)> hook) { on_written_ = std::move(hook); }

  Result<void> write(const StateBatch& batch) override;
  std::optional<TimePoint> alive_until() override { return disk_->alive_until; }
  Result<std::vector<GroupRecord>> open_groups() override;
  Result<std::vector<GroupRecord>> groups(const GroupQuery& query) override;
  Result<std::vector<JournalEntry>> journal(const JournalQuery& query) override;
  Result<std::optional<LastTick>> last_tick(const std::string& workload, Duration window) override;
  Result<Spend> spend(const std::string& workload, TimePoint now) override;
  Result<Spend> total_spend(TimePoint now) override;
  Result<StartTimes> start_times(const Place& place) override;
  Result<std::optional<KeptText>> kept(const std::string& key) override;
  Result<void> save_settings(const std::string& hash, const std::string& text) override;
  Result<std::string> settings(const std::string& hash) override;
  Result<PruneReport> prune(TimePoint older_than) override;

 private:
  void put(const GroupRecord& record);
  void put(JournalEntry entry);

  std::shared_ptr<MemoryDisk> disk_;
  std::set<std::string> saved_{};  ///< settings in use, which `prune` leaves alone
  std::optional<Error> failure_{};
  std::function<void(const StateBatch&)> on_written_{};
};

}  // namespace spillway::testing
