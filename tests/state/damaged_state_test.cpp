// What a controller that carries traffic does with a state that is damaged, gone, or on a full
// disk.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "controller/state/sqlite/sqlite_store.hpp"
#include "tests/state/samples.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::damaged_state_test {
namespace {

using namespace std::chrono_literals;
using state::SqliteSettings;

std::unique_ptr<Store> must_open(const SqliteSettings& settings) {
  auto store{state::open_sqlite_store(settings)};
  REQUIRE(store);
  return std::move(*store);
}

/// Changes the file behind the store's back.
void run_sql(const std::filesystem::path& directory, const std::string& sql) {
  sqlite3* database{nullptr};
  REQUIRE(sqlite3_open((directory / "spillway.db").c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

/// A journal of `shop`, an entry each minute from noon on, of which the last `bad` are garbage.
void write_journal(const std::filesystem::path& directory, int entries, int bad) {
  const auto store{must_open({.directory = directory})};
  StateBatch batch{};
  for (int i{0}; i < entries; ++i) {
    batch.journal.push_back(plain_entry("shop", stored_noon + std::chrono::minutes{i}));
  }
  REQUIRE(store->write(batch));
  run_sql(directory,
          "UPDATE journal SET document = 'garbage' WHERE id > " + std::to_string(entries - bad));
}

TEST_CASE("one bad journal row kept a controller that carries traffic from starting") {
  const ScratchDirectory scratch{};
  write_journal(scratch.path(), 4, 2);
  std::vector<UnreadableEntry> told{};
  const auto store{must_open({.directory = scratch.path(),
                              .on_unreadable = [&](const auto& each) { told.push_back(each); }})};
  const auto last{store->last_tick("shop", 1h)};
  REQUIRE(last);
  REQUIRE(*last);
  CHECK(**last == last_tick_of(plain_entry("shop", stored_noon + 1min), 1h));
  REQUIRE(told.size() == 2);
  CHECK(told.at(0).id == 4);
  CHECK(told.at(0).workload == "shop");
  CHECK(told.at(0).at == stored_noon + 3min);
  CHECK(told.at(0).complaint.find("not JSON") != std::string::npos);

  // A page is full as long as there is more, and nothing is told twice or lost.
  const auto page{store->journal({.workload = "shop", .limit = 2})};
  REQUIRE(page);
  REQUIRE(page->size() == 2);
  CHECK(page->front().id == 2);
  CHECK(store->journal({.id = 4})->empty());
  CHECK(told.size() == 2);
  CHECK(must_open({.directory = scratch.path(), .is_read_only = true})->journal({}).has_error());
}

TEST_CASE("a journal of which nothing can be read is an error, and no empty one") {
  const ScratchDirectory scratch{};
  write_journal(scratch.path(), 150, 150);
  int told{0};
  const auto store{
      must_open({.directory = scratch.path(), .on_unreadable = [&](const auto&) { ++told; }})};
  const auto last{store->last_tick("shop", 1h)};
  REQUIRE(!last);
  CHECK(last.error().code == Errc::malformed);
  CHECK(last.error().context.find("of entry 50: ") != std::string::npos);
  CHECK(told == 100);
}

TEST_CASE("a disk without room for a byte still keeps until when a controller was at work") {
  const ScratchDirectory scratch{};
  CHECK(!must_open({.directory = scratch.path()})->alive_until());
  const auto age_lock{[&] {
    const auto hour_ago{std::filesystem::file_time_type::clock::now() - 1h};
    std::filesystem::last_write_time(scratch.path() / "lock", hour_ago);
  }};
  const auto age{[](Store& store) {
    const auto now{std::chrono::floor<Duration>(std::chrono::system_clock::now())};
    return now - store.alive_until().value();
  }};
  {
    const auto store{must_open({.directory = scratch.path(), .bytes_max = 400'000})};
    age_lock();
    REQUIRE(store->write({.groups = {intent("a")}}));
  }
  {
    const auto store{must_open({.directory = scratch.path(), .bytes_max = 400'000})};
    CHECK(age(*store) > 59min);  // what could be written needs no sign
    age_lock();
    StateBatch large{};
    for (int i{0}; i < 1'000; ++i) {
      large.journal.push_back(plain_entry("shop", stored_noon + std::chrono::seconds{i}));
    }
    REQUIRE(!store->write(large));
  }
  CHECK(age(*must_open({.directory = scratch.path()})) < 1min);
}

TEST_CASE("a state directory that was removed in use swallowed what was written") {
  const ScratchDirectory scratch{};
  const auto directory{scratch.path() / "state"};
  const auto store{must_open({.directory = directory})};
  REQUIRE(store->write({.groups = {intent("a")}}));
  std::filesystem::remove_all(directory);
  // Somebody else may have it by now: the lock is gone as well.
  for (const bool has_another : {false, true}) {
    CAPTURE(has_another);
    const auto other{has_another ? must_open({.directory = directory}) : nullptr};
    const auto written{store->write({.groups = {intent("b")}})};
    REQUIRE(!written);
    CHECK(written.error().code == Errc::unavailable);
    CHECK(written.error().context.find("was removed or replaced") != std::string::npos);
    CHECK(!store->prune(stored_noon));
  }
}

}  // namespace
}  // namespace spillway::testing::damaged_state_test
