// What every Store promises, checked on the in-memory double and on SQLite alike. `restart()`
// throws the store away and opens another one on what is left.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <ranges>
#include <vector>

#include "controller/state/sqlite/sqlite_store.hpp"
#include "controller/state/store.hpp"
#include "tests/state/samples.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing {
namespace {

using namespace std::chrono_literals;

class MemoryBench {
 public:
  Store& store() { return *store_; }
  void restart() { store_ = std::make_unique<MemoryStore>(disk_); }

 private:
  std::shared_ptr<MemoryDisk> disk_{std::make_shared<MemoryDisk>()};
  std::unique_ptr<Store> store_{std::make_unique<MemoryStore>(disk_)};
};

class SqliteBench {
 public:
  SqliteBench() { restart(); }
  Store& store() { return *store_; }
  void restart() {
    store_.reset();  // gives the lock back
    auto opened{state::open_sqlite_store({.directory = directory_.path() / "state"})};
    REQUIRE(opened);
    store_ = std::move(*opened);
  }

 private:
  ScratchDirectory directory_{};
  std::unique_ptr<Store> store_{};
};

#define STORES MemoryBench, SqliteBench

std::vector<std::string> names(const Result<std::vector<GroupRecord>>& groups) {
  REQUIRE(groups);
  std::vector<std::string> made{};
  for (const GroupRecord& record : *groups) made.push_back(record.id.name);
  return made;
}

void must_write(Store& store, const StateBatch& batch) {
  const auto written{store.write(batch)};
  REQUIRE(written);
}

GroupRecord closed(GroupRecord record, TimePoint from, TimePoint until) {
  record.billed_from = from;
  record.billed_until = until;
  record.state.phase = GroupPhase::gone;
  record.state.since = until;
  return record;
}

using Names = std::vector<std::string>;

TEST_CASE_TEMPLATE("a kept text is replaced as a whole, and there after a restart", Bench, STORES) {
  Bench bench{};
  const TimePoint at{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
  const auto before{bench.store().kept("prices")};
  REQUIRE(before);
  CHECK_FALSE(before->has_value());
  must_write(bench.store(), {.kept = {{"prices", "old", at}, {"breakers", "a\tb\n", at}}});
  must_write(bench.store(), {.kept = {{"prices", "", at + 1h}}});
  bench.restart();
  CHECK(bench.store().kept("prices") == std::optional{KeptText{"prices", "", at + 1h}});
  CHECK(bench.store().kept("breakers") == std::optional{KeptText{"breakers", "a\tb\n", at}});
}

TEST_CASE_TEMPLATE("an acknowledged intent is there after a restart, every field of it", Bench,
                   STORES) {
  Bench bench{};
  StoredValues values{11};
  std::vector<GroupRecord> records{};
  for (int i{0}; i < 50; ++i) {
    records.push_back(values.group());
    if (records.back().state.phase == GroupPhase::gone) {
      records.back().state.phase = GroupPhase::stuck;
    }
  }
  must_write(bench.store(), {.groups = records});
  bench.restart();
  const auto open{bench.store().open_groups()};
  REQUIRE(open);
  CHECK(*open == records);
}

TEST_CASE_TEMPLATE("a group written again replaces its record and keeps its place in the order",
                   Bench, STORES) {
  Bench bench{};
  must_write(bench.store(), {.groups = {intent("a"), intent("b"), intent("c")}});
  GroupRecord moved{intent("a")};
  moved.state.phase = GroupPhase::serving;
  moved.ip = "10.0.0.7";
  must_write(bench.store(), {.groups = {moved}});
  const auto open{bench.store().open_groups()};
  CHECK(names(open) == Names{"a", "b", "c"});
  CHECK(open->front() == moved);
}

TEST_CASE_TEMPLATE("a group that is gone is closed, and still listed for the bill", Bench, STORES) {
  Bench bench{};
  must_write(bench.store(), {.groups = {intent("a"), intent("b")}});
  must_write(bench.store(), {.groups = {closed(intent("a"), stored_noon, stored_noon + 1min)}});
  CHECK(names(bench.store().open_groups()) == Names{"b"});
  CHECK(names(bench.store().groups({})) == Names{"b", "a"});
  CHECK(names(bench.store().groups({.since = stored_noon + 2min})) == Names{"b"});
  CHECK(names(bench.store().groups({.workload = "mail"})).empty());
  CHECK(names(bench.store().groups({.limit = 1})) == Names{"b"});
}

TEST_CASE_TEMPLATE("journal entries come back exactly as they were written", Bench, STORES) {
  Bench bench{};
  StoredValues values{5};
  std::vector<JournalEntry> entries{};
  for (int i{0}; i < 30; ++i) {
    entries.push_back(values.entry());
    entries.back().at = stored_noon + std::chrono::seconds{i};
  }
  must_write(bench.store(), {.journal = entries});
  bench.restart();
  auto read{bench.store().journal({})};
  REQUIRE(read);
  std::ranges::reverse(*read);
  REQUIRE(read->size() == entries.size());
  for (std::size_t i{0}; i < entries.size(); ++i) {
    CAPTURE(i);
    CHECK((*read)[i].id > (i == 0 ? 0 : (*read)[i - 1].id));
    entries[i].id = (*read)[i].id;
    CHECK((*read)[i] == entries[i]);
  }
}

TEST_CASE_TEMPLATE("the journal is asked by workload, time, id and number", Bench, STORES) {
  Bench bench{};
  StateBatch batch{};
  for (int i{0}; i < 10; ++i) {
    batch.journal.push_back(plain_entry("shop", stored_noon + std::chrono::seconds{i}));
    batch.journal.push_back(plain_entry("mail", stored_noon + std::chrono::seconds{i}));
  }
  must_write(bench.store(), batch);
  const auto window{bench.store().journal(
      {.workload = "mail", .since = stored_noon + 3s, .until = stored_noon + 6s})};
  REQUIRE(window);
  REQUIRE(window->size() == 3);
  CHECK(window->front().at == stored_noon + 5s);
  CHECK(window->back().at == stored_noon + 3s);
  const auto by_id{bench.store().journal({.id = window->front().id})};
  REQUIRE(by_id);
  REQUIRE(by_id->size() == 1);
  CHECK(by_id->front() == window->front());
  CHECK(bench.store().journal({.limit = 7})->size() == 7);
  CHECK(bench.store().journal({.workload = "nobody"})->empty());
}

TEST_CASE_TEMPLATE("writing the same tick again replaces its entry", Bench, STORES) {
  Bench bench{};
  JournalEntry entry{plain_entry("shop", stored_noon)};
  must_write(bench.store(), {.journal = {entry}});
  entry.mode = "observe";
  must_write(bench.store(), {.journal = {entry}});
  const auto read{bench.store().journal({})};
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  CHECK(read->front().mode == "observe");
}

TEST_CASE_TEMPLATE("an outcome that comes late joins its entry", Bench, STORES) {
  Bench bench{};
  JournalEntry entry{plain_entry("shop", stored_noon)};
  entry.outcomes.push_back({"drain", {"g-0"}, "accepted"});
  must_write(bench.store(), {.journal = {entry, plain_entry("mail", stored_noon)}});
  const Outcome first{"create", {"g-1"}, "accepted"};
  const Outcome second{"create", {"g-2"}, "NoCapacity: eastus is full"};
  must_write(bench.store(),
             {.outcomes = {{"shop", stored_noon, first}, {"shop", stored_noon + 1s, second}}});
  must_write(bench.store(), {.outcomes = {{"shop", stored_noon, second}}});
  bench.restart();
  const auto read{bench.store().journal({.workload = "shop"})};
  REQUIRE(read);
  CHECK(read->front().outcomes == std::vector{entry.outcomes.front(), first, second});
  CHECK(bench.store().journal({.workload = "mail"})->front().outcomes.empty());
}

TEST_CASE_TEMPLATE("after a restart the next tick goes on with the history after the last one",
                   Bench, STORES) {
  Bench bench{};
  JournalEntry last{plain_entry("shop", stored_noon + 5s)};
  last.snapshot.drained_until = stored_noon + 10min;
  must_write(bench.store(), {.journal = {plain_entry("shop", stored_noon), last}});
  bench.restart();
  const auto tick{bench.store().last_tick("shop", 5min)};
  REQUIRE(tick);
  REQUIRE(tick->has_value());
  CHECK((*tick)->history == remember(last.past, last.decision, 5min));
  CHECK((*tick)->drained_until == stored_noon + 10min);
  const auto nothing{bench.store().last_tick("mail", 5min)};
  REQUIRE(nothing);
  CHECK(!nothing->has_value());
}

TEST_CASE_TEMPLATE("spend follows a group from its create to its end, across a restart", Bench,
                   STORES) {
  Bench bench{};
  must_write(bench.store(), {.groups = {intent("a")}});
  CHECK(*bench.store().spend("shop", stored_noon + 1min) == Spend{});  // never sent
  GroupRecord running{intent("a")};
  running.billed_from = stored_noon;
  must_write(bench.store(), {.groups = {running}});
  CHECK(bench.store().spend("shop", stored_noon + 10s)->this_hour == usd(0.001));
  bench.restart();
  CHECK(bench.store().spend("shop", stored_noon + 20s)->this_hour == usd(0.002));
  must_write(bench.store(), {.groups = {running}});  // adopted: written again, not counted again
  CHECK(bench.store().spend("shop", stored_noon + 20s)->this_hour == usd(0.002));
  must_write(bench.store(), {.groups = {closed(running, stored_noon, stored_noon + 30s)}});
  CHECK(bench.store().total_spend(stored_noon + 40s)->this_hour == usd(0.003));
  bench.restart();
  CHECK(bench.store().total_spend(stored_noon + 40s)->this_month == usd(0.003));
  must_write(bench.store(), {.groups = {closed(running, stored_noon, stored_noon + 25s)}});
  CHECK(bench.store().total_spend(stored_noon + 40s)->today == usd(0.0025));
  CHECK(bench.store().total_spend(stored_noon + 1h)->this_hour == Money{});
}

TEST_CASE_TEMPLATE("a group that vanished is charged until it was seen gone, not for ever", Bench,
                   STORES) {
  Bench bench{};
  GroupRecord vanished{intent("a")};
  vanished.billed_from = stored_noon;
  vanished.state.phase = GroupPhase::gone;
  vanished.state.since = stored_noon + 10s;
  must_write(bench.store(), {.groups = {vanished}});
  CHECK(bench.store().spend("shop", stored_noon + 1min)->this_hour == usd(0.001));
}

TEST_CASE_TEMPLATE("random lives of groups cost the same before and after a restart", Bench,
                   STORES) {
  Bench bench{};
  MemoryBench reference{};
  StoredValues values{21};
  TimePoint now{stored_noon};
  for (int step{0}; step < 300; ++step) {
    CAPTURE(step);
    now += Duration{values.below(3'600'000)};
    GroupRecord record{intent("g-" + std::to_string(values.below(20)))};
    record.workload = values.coin() ? "shop" : "mail";
    if (values.below(5) != 0) record.billed_from = now - Duration{values.below(90'000'000)};
    if (record.billed_from && values.coin()) record.billed_until = now;
    must_write(bench.store(), {.groups = {record}});
    must_write(reference.store(), {.groups = {record}});
    if (values.below(10) == 0) bench.restart();
    CHECK(*bench.store().spend("shop", now) == *reference.store().spend("shop", now));
    CHECK(*bench.store().total_spend(now) == *reference.store().total_spend(now));
  }
}

TEST_CASE_TEMPLATE("start times are learned per place from the last 200 starts", Bench, STORES) {
  Bench bench{};
  const Place eastus{.subscription = "s", .region = "eastus"};
  const Place spot{.subscription = "s", .region = "eastus", .priority = Priority::spot};
  StateBatch batch{};
  for (int i{0}; i < 4; ++i) batch.starts.push_back({eastus, 20s});
  must_write(bench.store(), batch);
  CHECK(*bench.store().start_times(eastus) == StartTimes{});
  must_write(bench.store(), {.starts = {{eastus, 20s}}});
  CHECK(*bench.store().start_times(eastus) == StartTimes{20s, 20s});
  CHECK(*bench.store().start_times(spot) == StartTimes{});
  for (int i{0}; i < 200; ++i) must_write(bench.store(), {.starts = {{eastus, 30s}}});
  bench.restart();
  CHECK(*bench.store().start_times(eastus) == StartTimes{30s, 30s});
}

TEST_CASE_TEMPLATE("the settings that an entry names can be read back", Bench, STORES) {
  Bench bench{};
  REQUIRE(bench.store().save_settings("cafe", "workloads: {}\n"));
  REQUIRE(bench.store().save_settings("cafe", "workloads: {}\n"));
  CHECK(*bench.store().settings("cafe") == "workloads: {}\n");
  must_write(bench.store(), {.journal = {plain_entry("shop", stored_noon)}});
  bench.restart();
  CHECK(*bench.store().settings("cafe") == "workloads: {}\n");
  const auto unknown{bench.store().settings("beef")};
  REQUIRE(!unknown);
  CHECK(unknown.error().code == Errc::not_found);
}

/// Calls `prune` until it has nothing left to do.
int prune_all(Store& store, TimePoint older_than) {
  int removed{0};
  for (int calls{0}; calls < 100; ++calls) {
    const auto report{store.prune(older_than)};
    REQUIRE(report);
    removed += report->removed;
    if (report->is_done) return removed;
  }
  FAIL("prune never came to an end");
  return removed;
}

TEST_CASE_TEMPLATE("pruning removes old entries, and settings that nothing names", Bench, STORES) {
  Bench bench{};
  JournalEntry old{plain_entry("shop", stored_noon - 48h)};
  old.settings_hash = "old";
  for (const char* hash : {"old", "cafe"}) REQUIRE(bench.store().save_settings(hash, "x"));
  must_write(bench.store(), {.journal = {old, plain_entry("shop", stored_noon)}});
  bench.restart();
  REQUIRE(bench.store().save_settings("new", "x"));
  must_write(bench.store(), {.groups = {intent("a")}});
  CHECK(prune_all(bench.store(), stored_noon - 24h) == 2);
  CHECK(bench.store().journal({})->size() == 1);
  CHECK(!bench.store().settings("old"));
  CHECK(bench.store().settings("cafe"));
  CHECK(bench.store().settings("new"));  // in use: its first entry is yet to come
  CHECK(prune_all(bench.store(), stored_noon - 24h) == 0);
}

TEST_CASE_TEMPLATE("pruning never removes an open group, nor one that this month's bill needs",
                   Bench, STORES) {
  Bench bench{};
  const TimePoint month{std::chrono::sys_days{2026y / 11 / 1}};
  must_write(bench.store(), {.groups = {closed(intent("last month"), month - 2h, month - 1h),
                                        closed(intent("over the turn"), month - 2h, month + 1h),
                                        closed(intent("this month"), month + 1h, month + 2h),
                                        intent("open for ages", month - 1000h)}});
  const auto before{bench.store().total_spend(stored_noon)};
  CHECK(prune_all(bench.store(), stored_noon) == 1);
  CHECK(names(bench.store().groups({})) == Names{"open for ages", "this month", "over the turn"});
  CHECK(*bench.store().total_spend(stored_noon) == *before);
  bench.restart();
  CHECK(*bench.store().total_spend(stored_noon) == *before);
}

}  // namespace
}  // namespace spillway::testing
