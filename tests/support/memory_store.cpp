#include "tests/support/memory_store.hpp"

#include <algorithm>
#include <set>
#include <span>

#include "controller/core/ledger.hpp"
#include "controller/core/start_times.hpp"
#include "controller/state/billed_run.hpp"

namespace spillway::testing {
namespace {

/// Added up run by run and window by window: on purpose not the Ledger that the real store uses.
Spend spend_of(const std::vector<GroupRecord>& groups, TimePoint now, auto&& is_meant) {
  const PeriodStarts starts{period_starts(now)};
  Spend sum{};
  for (const GroupRecord& record : groups) {
    const auto run{billed_run(record)};
    if (!run || !is_meant(record)) continue;
    sum.this_hour += cost_within(*run, starts.hour, now);
    sum.today += cost_within(*run, starts.day, now);
    sum.this_month += cost_within(*run, starts.month, now);
  }
  return sum;
}

bool matches(const JournalEntry& entry, const JournalQuery& query) {
  return (!query.id || entry.id == *query.id) &&
         (query.workload.empty() || entry.workload == query.workload) &&
         (!query.since || entry.at >= *query.since) && (!query.until || entry.at < *query.until);
}

bool matches(const GroupRecord& record, const GroupQuery& query) {
  if (!query.workload.empty() && record.workload != query.workload) return false;
  if (!query.since || record.state.phase != GroupPhase::gone) return true;
  return std::max(record.billed_until.value_or(record.state.since), record.state.since) >=
         *query.since;
}

/// The newest `limit` elements that match, newest first.
template <class T, class Query>
std::vector<T> newest(const std::vector<T>& oldest_first, const Query& query) {
  std::vector<T> found{};
  for (auto it{oldest_first.rbegin()}; it != oldest_first.rend(); ++it) {
    if (std::ssize(found) >= query.limit) break;
    if (matches(*it, query)) found.push_back(*it);
  }
  return found;
}

}  // namespace

const GroupRecord* MemoryDisk::group(const GroupId& id) const {
  const auto found{std::ranges::find(groups, id, &GroupRecord::id)};
  return found == groups.end() ? nullptr : &*found;
}

void MemoryStore::put(const GroupRecord& record) {
  const auto found{std::ranges::find(disk_->groups, record.id, &GroupRecord::id)};
  if (found == disk_->groups.end()) {
    disk_->groups.push_back(record);
  } else {
    *found = record;
  }
}

void MemoryStore::put(JournalEntry entry) {
  std::erase_if(disk_->journal, [&](const JournalEntry& old) {
    return old.workload == entry.workload && old.at == entry.at;
  });
  entry.id = ++disk_->last_id;
  const auto later{std::ranges::upper_bound(disk_->journal, entry.at, {}, &JournalEntry::at)};
  disk_->journal.insert(later, std::move(entry));
}

Result<void> MemoryStore::write(const StateBatch& batch) {
  if (failure_) return *failure_;
  for (const GroupRecord& record : batch.groups) put(record);
  for (const JournalEntry& entry : batch.journal) put(entry);
  for (const LateOutcome& late : batch.outcomes) {
    for (JournalEntry& entry : disk_->journal) {
      if (entry.workload == late.workload && entry.at == late.tick) {
        entry.outcomes.push_back(late.outcome);
      }
    }
  }
  for (const StartSample& sample : batch.starts) disk_->starts[sample.place].push_back(sample.took);
  for (const KeptText& kept : batch.kept) disk_->kept.insert_or_assign(kept.key, kept);
  ++disk_->writes;
  if (on_written_) on_written_(batch);
  return {};
}

Result<std::vector<GroupRecord>> MemoryStore::open_groups() {
  if (failure_) return *failure_;
  std::vector<GroupRecord> open{};
  std::ranges::copy_if(disk_->groups, std::back_inserter(open), [](const GroupRecord& record) {
    return record.state.phase != GroupPhase::gone;
  });
  return open;
}

Result<std::vector<GroupRecord>> MemoryStore::groups(const GroupQuery& query) {
  if (failure_) return *failure_;
  return newest(disk_->groups, query);
}

Result<std::vector<JournalEntry>> MemoryStore::journal(const JournalQuery& query) {
  if (failure_) return *failure_;
  return newest(disk_->journal, query);
}

Result<std::optional<LastTick>> MemoryStore::last_tick(const std::string& workload,
                                                       Duration window) {
  if (failure_) return *failure_;
  auto last{newest(disk_->journal, JournalQuery{.workload = workload, .limit = 1})};
  if (last.empty()) return std::optional<LastTick>{};
  return std::optional{last_tick_of(std::move(last.front()), window)};
}

Result<Spend> MemoryStore::spend(const std::string& workload, TimePoint now) {
  if (failure_) return *failure_;
  return spend_of(disk_->groups, now,
                  [&](const GroupRecord& record) { return record.workload == workload; });
}

Result<Spend> MemoryStore::total_spend(TimePoint now) {
  if (failure_) return *failure_;
  return spend_of(disk_->groups, now, [](const GroupRecord&) { return true; });
}

Result<StartTimes> MemoryStore::start_times(const Place& place) {
  if (failure_) return *failure_;
  const std::span<const Duration> all{disk_->starts[place]};
  return start_times_of(all.last(std::min(all.size(), start_samples_kept)));
}

Result<std::optional<KeptText>> MemoryStore::kept(const std::string& key) {
  if (failure_) return *failure_;
  const auto found{disk_->kept.find(key)};
  return found == disk_->kept.end() ? std::nullopt : std::optional{found->second};
}

Result<void> MemoryStore::save_settings(const std::string& hash, const std::string& text) {
  if (failure_) return *failure_;
  disk_->settings.insert_or_assign(hash, text);
  saved_.insert(hash);
  return {};
}

Result<std::string> MemoryStore::settings(const std::string& hash) {
  if (failure_) return *failure_;
  const auto found{disk_->settings.find(hash)};
  if (found == disk_->settings.end()) {
    return Error{Errc::not_found, "settings " + hash + " are not in the store"};
  }
  return found->second;
}

Result<PruneReport> MemoryStore::prune(TimePoint older_than) {
  if (failure_) return *failure_;
  const TimePoint month{period_starts(older_than).month};
  const auto journal{std::erase_if(
      disk_->journal, [&](const JournalEntry& entry) { return entry.at < older_than; })};
  const auto groups{std::erase_if(disk_->groups, [&](const GroupRecord& record) {
    return record.state.phase == GroupPhase::gone &&
           std::max(record.billed_until.value_or(record.state.since), record.state.since) < month;
  })};
  std::set<std::string> used{saved_};
  for (const JournalEntry& entry : disk_->journal) used.insert(entry.settings_hash);
  const auto settings{
      std::erase_if(disk_->settings, [&](const auto& kept) { return !used.contains(kept.first); })};
  return PruneReport{static_cast<int>(journal + groups + settings), true};
}

}  // namespace spillway::testing
