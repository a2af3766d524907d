#include "tests/support/memory_store.hpp"

#include <doctest/doctest.h>

#include "tests/state/samples.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::memory_store_test {
namespace {

TEST_CASE("a failing disk answers its error and keeps what it had") {
  const auto disk{std::make_shared<MemoryDisk>()};
  MemoryStore store{disk};
  REQUIRE(store.write({.groups = {intent("a")}}));
  store.fail_with(Error{Errc::unavailable, "disk full"});
  const auto refused{store.write({.groups = {intent("b")}})};
  REQUIRE(!refused);
  CHECK(refused.error().context == "disk full");
  CHECK(!store.open_groups());
  store.fail_with(std::nullopt);
  CHECK(store.open_groups()->size() == 1);
  CHECK(disk->group({"b"}) == nullptr);
}

TEST_CASE("a controller can be stopped between its intent and its create") {
  const auto disk{std::make_shared<MemoryDisk>()};
  MemoryStore store{disk};
  bool is_there_when_called{false};
  store.on_written([&](const StateBatch& batch) {
    is_there_when_called = disk->group(batch.groups.front().id) != nullptr;
  });
  REQUIRE(store.write({.groups = {intent("a")}}));
  CHECK(is_there_when_called);
}

}  // namespace
}  // namespace spillway::testing::memory_store_test
