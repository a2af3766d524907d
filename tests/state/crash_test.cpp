// SIGKILL at random points of a writing controller: what it was told is durable has to be there.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

#include "controller/state/sqlite/sqlite_store.hpp"
#include "tests/state/forked.hpp"
#include "tests/state/samples.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::crash_test {
namespace {

using namespace std::chrono_literals;

/// An intent, its tick and the closing of the intent before it, as the loop would write them.
StateBatch batch_number(int number) {
  const TimePoint at{stored_noon + std::chrono::seconds{number}};
  StateBatch batch{};
  batch.groups.push_back(intent("g-" + std::to_string(number), at));
  batch.groups.back().billed_from = at;
  batch.journal.push_back(plain_entry("shop", at));
  batch.journal.back().mode = std::to_string(number);
  if (number > 0) {
    GroupRecord closed{intent("g-" + std::to_string(number - 1), at - 1s)};
    closed.billed_from = at - 1s;
    closed.billed_until = at;
    closed.state.phase = GroupPhase::gone;
    batch.groups.push_back(closed);
  }
  return batch;
}

/// Writes batches from `first` on until it is killed, telling each number once it is acknowledged.
void write_until_killed(const std::filesystem::path& directory, int first,
                        const std::function<void(int)>& tell) {
  auto store{state::open_sqlite_store({.directory = directory})};
  if (!store) return;
  for (int number{first};; ++number) {
    if (!(*store)->write(batch_number(number))) return;
    tell(number);
  }
}

/// Checks that the store holds exactly the batches 0 to `n`, whole, with `n` not before
/// `acknowledged`, and returns n.
int check_whole(Store& store, int acknowledged) {
  const auto entries{store.journal({.limit = 1'000'000})};
  REQUIRE(entries);
  const int last{static_cast<int>(entries->size()) - 1};
  CHECK(last >= acknowledged);
  CHECK(last <= acknowledged + 1);  // durable, killed before it could say so
  const auto groups{store.groups({.limit = 1'000'000})};
  REQUIRE(groups);
  CHECK(std::ssize(*groups) == last + 1);
  for (int number{0}; number <= last; ++number) {
    const auto index{static_cast<std::size_t>(last - number)};
    CHECK((*entries)[index].mode == std::to_string(number));
    CHECK((*groups)[index].id.name == "g-" + std::to_string(number));
    CHECK((*groups)[index].billed_until.has_value() == (number < last));
  }
  const auto open{store.open_groups()};
  REQUIRE(open);
  CHECK(open->size() == (last < 0 ? 0U : 1U));
  return last;
}

TEST_CASE("a controller killed at any point loses no acknowledged intent and leaves none half") {
  const ScratchDirectory scratch{};
  const auto directory{scratch.path() / "state"};
  std::mt19937 random{20261123};
  int acknowledged{-1};
  for (int round{0}; round < 25; ++round) {
    CAPTURE(round);
    Forked child{[&](const auto& tell) { write_until_killed(directory, acknowledged + 1, tell); }};
    const int stop_after{acknowledged + 1 + static_cast<int>(random() % 12)};
    while (acknowledged < stop_after) {
      const auto number{child.next()};
      REQUIRE(number);
      acknowledged = *number;
    }
    // Somewhere in the next write: opening, inserting, syncing, or between two of them.
    for (auto spin{random() % 200'000}; spin > 0; --spin) asm volatile("");
    child.kill();
    while (const auto number{child.next()}) acknowledged = *number;

    const auto store{state::open_sqlite_store({.directory = directory})};
    REQUIRE(store);
    acknowledged = check_whole(**store, acknowledged);
    const TimePoint now{stored_noon + std::chrono::seconds{acknowledged + 1}};
    CHECK((*store)->spend("shop", now)->this_month ==
          HourlyPrice{usd(0.36)}.for_time(std::chrono::seconds{acknowledged + 1}));
  }
  CHECK(acknowledged >= 25);
}

TEST_CASE("a second controller is told which process has the state directory") {
  const ScratchDirectory scratch{};
  Forked holder{[&](const auto& tell) {
    auto store{state::open_sqlite_store({.directory = scratch.path()})};
    tell(store ? 1 : 0);
    ::pause();
  }};
  REQUIRE(holder.next() == 1);
  const auto refused{state::open_sqlite_store({.directory = scratch.path()})};
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::unavailable);
  CHECK(refused.error().context.find("another controller, process " +
                                     std::to_string(holder.pid())) != std::string::npos);
  holder.kill();
  CHECK(state::open_sqlite_store({.directory = scratch.path()}));
}

}  // namespace
}  // namespace spillway::testing::crash_test
