#include "controller/state/sqlite/sqlite_store.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/state/forked.hpp"
#include "tests/state/samples.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::sqlite_store_test {
namespace {

using namespace std::chrono_literals;
using state::open_sqlite_store;
using state::SqliteSettings;

std::unique_ptr<Store> must_open(const SqliteSettings& settings) {
  auto store{open_sqlite_store(settings)};
  REQUIRE(store);
  return std::move(*store);
}

/// The error of opening `directory`, which must contain `words`.
Errc refusal(const SqliteSettings& settings, const std::string& words) {
  const auto refused{open_sqlite_store(settings)};
  REQUIRE(!refused);
  CAPTURE(refused.error().context);
  CHECK(refused.error().context.find(words) != std::string::npos);
  return refused.error().code;
}

/// Changes the file behind the store's back.
void run_sql(const std::filesystem::path& directory, const char* sql) {
  sqlite3* database{nullptr};
  REQUIRE(sqlite3_open((directory / "spillway.db").c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

TEST_CASE("nobody else may read the state") {
  const ScratchDirectory scratch{};
  const auto directory{scratch.path() / "deep" / "state"};
  const auto store{must_open({.directory = directory})};
  REQUIRE(store->write({.groups = {intent("a")}}));
  CHECK(mode_of(directory) == 0700);
  for (const char* name : {"spillway.db", "spillway.db-wal", "spillway.db-shm", "lock"}) {
    CAPTURE(name);
    CHECK(mode_of(directory / name) == 0600);
  }
}

TEST_CASE("a state file that others could read is made private") {
  const ScratchDirectory scratch{};
  must_open({.directory = scratch.path()}).reset();
  REQUIRE(::chmod((scratch.path() / "spillway.db").c_str(), 0644) == 0);
  const auto store{must_open({.directory = scratch.path()})};
  CHECK(mode_of(scratch.path() / "spillway.db") == 0600);
}

TEST_CASE("state of an older version is brought up to date, with all that is in it") {
  const ScratchDirectory scratch{};
  StoredValues values{3};
  GroupRecord record{values.group()};
  record.state.phase = GroupPhase::serving;
  {
    auto store{state::open_sqlite_store({.directory = scratch.path()})};
    REQUIRE(store);
    REQUIRE((*store)->write({.groups = {record}}));
  }
  run_sql(scratch.path(),
          "DROP TABLE kept_text; ALTER TABLE group_record DROP COLUMN intended_at; "
          "ALTER TABLE group_record DROP COLUMN withdrawn_at; PRAGMA user_version = 1");
  auto store{state::open_sqlite_store({.directory = scratch.path()})};
  REQUIRE(store);
  CHECK((*store)->open_groups()->size() == 1);
  CHECK((*store)->write({.kept = {{"a", "b", TimePoint{}}}}));
}

TEST_CASE("an end that an older version told by the words of a note is understood") {
  const TimePoint noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};
  const ScratchDirectory scratch{};
  const auto record{[&](const char* name, const char* workload, const char* note) {
    GroupRecord group{.id = {name}, .workload = workload, .note = note};
    group.price = {usd(0.06)};
    group.state = {.phase = GroupPhase::gone, .since = noon, .created_at = noon - 20min};
    group.billed_from = noon - 20min;
    group.billed_until = noon;
    return group;
  }};
  Spend before{};
  {
    const auto store{must_open({.directory = scratch.path()})};
    StateBatch batch{};
    batch.groups = {record("here", "node/burst", "pod shop/a"),
                    record("left", "node/burst", "pod shop/b, gone"),
                    record("standby web 1", "web", "2 kept warm"),  // there were 3 later
                    record("standby web 2", "web", "3 kept warm"),
                    record("standby api 1", "api", "2 kept warm, removed"),
                    record("web-1", "web", "2 kept warm")};
    REQUIRE(store->write(batch));
    before = store->total_spend(noon + 5min).value();
    REQUIRE(before.today > Money{});
  }
  run_sql(scratch.path(), "PRAGMA user_version = 3");
  for (const char* then : {"brought up to date", "and read again"}) {
    CAPTURE(then);
    const auto store{must_open({.directory = scratch.path()})};
    CHECK(store->total_spend(noon + 5min).value() == before);
    CHECK(store->open_groups().value().empty());
    const auto groups{store->groups({.since = noon})};
    REQUIRE(groups);
    REQUIRE(groups->size() == 6);
    for (const GroupRecord& group : *groups) {
      CAPTURE(group.id.name);
      const bool goes_on{group.id.name == "here" || group.id.name == "standby web 2"};
      CHECK(group.billed_until.has_value() != goes_on);
      CHECK(group.state.since == noon);
      CHECK_FALSE(group.note.empty());  // it stays, for people
    }
  }
}

TEST_CASE("state of a newer version is refused and left alone") {
  const ScratchDirectory scratch{};
  must_open({.directory = scratch.path()}).reset();
  run_sql(scratch.path(), "PRAGMA user_version = 99");
  CHECK(refusal({.directory = scratch.path()}, "written by a newer Spillway (its version is 99") ==
        Errc::malformed);
  CHECK(refusal({.directory = scratch.path(), .is_read_only = true}, "newer Spillway") ==
        Errc::malformed);
}

TEST_CASE("another program's database is refused and left alone") {
  const ScratchDirectory scratch{};
  run_sql(scratch.path(), "CREATE TABLE recipes (name TEXT)");
  CHECK(refusal({.directory = scratch.path()}, "made by another program") == Errc::malformed);
  run_sql(scratch.path(), "SELECT name FROM recipes");
}

TEST_CASE("a file that is no database is refused with what to do") {
  const ScratchDirectory scratch{};
  for (const std::string& bytes : {std::string(100, 'x'), std::string(100'000, '\xee'),
                                   std::string{"SQLite format 3\0", 16} + std::string(5000, 'y')}) {
    scratch.write("spillway.db", bytes);
    CHECK(refusal({.directory = scratch.path()}, "move it away") == Errc::malformed);
  }
}

TEST_CASE("a database with a damaged inside gives errors and never a crash") {
  for (unsigned seed{1}; seed <= 30; ++seed) {
    CAPTURE(seed);
    const ScratchDirectory scratch{};
    {
      const auto store{must_open({.directory = scratch.path()})};
      StoredValues values{seed};
      StateBatch batch{};
      for (int i{0}; i < 40; ++i) {
        batch.groups.push_back(values.group());
        batch.journal.push_back(values.entry());
      }
      REQUIRE(store->write(batch));
    }
    std::fstream file{scratch.path() / "spillway.db",
                      std::ios::in | std::ios::out | std::ios::binary};
    StoredValues values{seed + 1000};
    const auto size{
        static_cast<std::int64_t>(std::filesystem::file_size(scratch.path() / "spillway.db"))};
    for (int i{0}; i < 200; ++i) {
      file.seekp(4096 + values.below(size - 4096));
      file.put(static_cast<char>(values.below(256)));
    }
    file.close();
    auto store{open_sqlite_store({.directory = scratch.path()})};
    if (!store) continue;
    static_cast<void>((*store)->open_groups());
    static_cast<void>((*store)->groups({}));
    static_cast<void>((*store)->journal({.limit = 1000}));
    static_cast<void>((*store)->spend("shop", stored_noon));
    static_cast<void>((*store)->write({.groups = {intent("a")}}));
    static_cast<void>((*store)->prune(stored_noon));
  }
}

/// A group and a journal entry whose rows nobody can read.
void write_and_tamper(const std::filesystem::path& directory) {
  {
    const auto store{must_open({.directory = directory})};
    REQUIRE(store->write({.groups = {intent("a")}, .journal = {plain_entry("shop", stored_noon)}}));
  }
  run_sql(directory, "UPDATE group_record SET phase = 'flying'");
  run_sql(directory, "UPDATE journal SET document = substr(document, 1, 100)");
}

TEST_CASE("a row that was tampered with is an error that names the column") {
  const ScratchDirectory scratch{};
  write_and_tamper(scratch.path());
  const auto store{must_open({.directory = scratch.path()})};
  const auto groups{store->open_groups()};
  REQUIRE(!groups);
  CHECK(groups.error().code == Errc::malformed);
  CHECK(groups.error().context.find("column phase is no phase") != std::string::npos);
  const auto journal{store->journal({})};
  REQUIRE(!journal);
  CHECK(journal.error().context.find("entry 1: journal document: not JSON") != std::string::npos);
}

TEST_CASE("a row that nobody can read stopped the controller without a word on what to do") {
  const ScratchDirectory scratch{};
  write_and_tamper(scratch.path());
  const auto store{must_open({.directory = scratch.path()})};
  const auto last{store->last_tick("shop", 1h)};
  REQUIRE(!last);
  CHECK(last.error().context.find("spillway.db") != std::string::npos);
  for (const Error& error : {last.error(), store->open_groups().error()}) {
    CHECK(error.context.find("move it away") != std::string::npos);
    CHECK(error.context.find("by their tags") != std::string::npos);
  }
}

TEST_CASE("a state directory that cannot be one is refused with what to do") {
  const ScratchDirectory scratch{};
  const std::string file{scratch.write("file", "x")};
  CHECK(refusal({.directory = file}, "that state.directory is a directory") == Errc::unavailable);
  CHECK(refusal({.directory = "/proc/spillway"}, "state directory: creating") != Errc::malformed);
}

TEST_CASE("a directory without the right to write is refused with what to do") {
  const ScratchDirectory scratch{};
  REQUIRE(::chmod(scratch.path().c_str(), 0555) == 0);
  Forked other_user{[&](const auto& tell) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) return;  // root may write anywhere
    const auto refused{open_sqlite_store({.directory = scratch.path()})};
    tell(!refused && refused.error().code == Errc::denied &&
                 refused.error().context.find("give this user the right") != std::string::npos
             ? 1
             : 0);
  }};
  CHECK(other_user.next() == 1);
}

TEST_CASE("at the size limit writes fail whole, and succeed again once there is room") {
  const ScratchDirectory scratch{};
  const auto store{must_open({.directory = scratch.path(), .bytes_max = 400'000})};
  REQUIRE(store->write({.groups = {intent("first")}}));
  int written{0};
  for (; written < 10'000; ++written) {
    const TimePoint at{stored_noon + std::chrono::seconds{written}};
    const auto done{store->write({.groups = {intent("g-" + std::to_string(written))},
                                  .journal = {plain_entry("shop", at)}})};
    if (done) continue;
    CHECK(done.error().code == Errc::unavailable);
    CHECK(done.error().context.find("the disk is full or the size limit") != std::string::npos);
    break;
  }
  REQUIRE(written < 10'000);
  CHECK(store->open_groups()->size() == static_cast<std::size_t>(written) + 1);
  CHECK(store->journal({.limit = 10'000})->size() == static_cast<std::size_t>(written));
  REQUIRE(store->prune(stored_noon + std::chrono::seconds{written / 2}));
  CHECK(store->write({.groups = {intent("last")}}));
}

TEST_CASE("a disk that refuses to grow files gives an error, and the store lives on") {
  const ScratchDirectory scratch{};
  Forked child{[&](const auto& tell) {
    auto store{open_sqlite_store({.directory = scratch.path()})};
    if (!store || !(*store)->write({.groups = {intent("before")}})) return;
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 64 * 1024, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &small);
    StateBatch large{};
    for (int i{0}; i < 100; ++i) {
      large.journal.push_back(plain_entry("shop", stored_noon + std::chrono::seconds{i}));
    }
    const auto refused{(*store)->write(large)};
    tell(!refused && refused.error().code == Errc::unavailable ? 1 : 0);
    const auto groups{(*store)->open_groups()};
    tell(groups && groups->size() == 1 ? 1 : 0);
    const rlimit none{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &none);
    tell((*store)->write(large) ? 1 : 0);
  }};
  CHECK(child.next() == 1);
  CHECK(child.next() == 1);
  CHECK(child.next() == 1);
}

TEST_CASE("a store opened to read sees what the running controller writes and changes nothing") {
  const ScratchDirectory scratch{};
  CHECK(refusal({.directory = scratch.path(), .is_read_only = true}, "start `spillway run`") ==
        Errc::not_found);
  auto controller{must_open({.directory = scratch.path()})};
  REQUIRE(controller->write({.groups = {intent("a")}}));
  const auto reader{must_open({.directory = scratch.path(), .is_read_only = true})};
  CHECK(reader->open_groups()->size() == 1);
  REQUIRE(controller->write({.groups = {intent("b")}}));
  CHECK(reader->open_groups()->size() == 2);
  const auto refused{reader->write({.groups = {intent("c")}})};
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::denied);
  CHECK(controller->write({.groups = {intent("c")}}));
  controller.reset();
  CHECK(reader->open_groups()->size() == 3);
  const auto later{must_open({.directory = scratch.path(), .is_read_only = true})};
  CHECK(later->open_groups()->size() == 3);
}

TEST_CASE("a name made to break out of SQL is only a name") {
  const ScratchDirectory scratch{};
  const auto store{must_open({.directory = scratch.path()})};
  GroupRecord record{intent("x'); DROP TABLE group_record; --")};
  record.workload = "' OR '1'='1";
  REQUIRE(store->write({.groups = {record}}));
  CHECK(store->groups({.workload = "nobody' OR '1'='1"})->empty());
  CHECK(store->groups({.workload = record.workload})->front() == record);
}

TEST_CASE("pruning removes a bounded number of rows a call") {
  const ScratchDirectory scratch{};
  const auto store{must_open({.directory = scratch.path()})};
  StateBatch batch{};
  for (int i{0}; i < 1200; ++i) {
    batch.journal.push_back(plain_entry("shop", stored_noon - std::chrono::seconds{i + 1}));
  }
  REQUIRE(store->write(batch));
  const auto first{store->prune(stored_noon)};
  REQUIRE(first);
  CHECK(first->removed == 500);
  CHECK(!first->is_done);
  REQUIRE(store->prune(stored_noon));
  const auto last{store->prune(stored_noon)};
  REQUIRE(last);
  CHECK(last->removed == 200);
  CHECK(last->is_done);
}

}  // namespace
}  // namespace spillway::testing::sqlite_store_test
