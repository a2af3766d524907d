// A state that has another owner's groups in its records.
#include "controller/wiring/state_owner.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/support/memory_store.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::testing::state_owner_test {
namespace {

using namespace std::chrono_literals;

struct State {
  Result<void> claim(std::string owner) {
    settings::Config config{};
    config.owner = std::move(owner);
    config.state.directory = "/var/lib/spillway";
    return wiring::claim_state(config, store, noon);
  }
  void record(std::string name, GroupPhase phase, std::optional<TimePoint> billed_until = {}) {
    GroupRecord group{};
    group.id.name = std::move(name);
    group.workload = "web";
    group.state = {.phase = phase, .since = noon, .created_at = noon - 1h};
    group.billed_from = noon - 1h;
    group.billed_until = billed_until;
    group.note = "told by no wording, removed";
    REQUIRE(store.write({.groups = {std::move(group)}}));
  }
  void tick_at(TimePoint at) {
    JournalEntry entry{};
    entry.at = at;
    entry.workload = "web";
    REQUIRE(store.write({.journal = {std::move(entry)}}));
  }

  TimePoint noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};
  MemoryStore store{std::make_shared<MemoryDisk>()};
};

TEST_CASE("a new owner was taken in silence, and the groups of the old one ran for ever") {
  State state{};
  REQUIRE(state.claim("prod"));
  state.record("web-1", GroupPhase::serving);
  state.record("web-2", GroupPhase::removing);
  state.record("web-3", GroupPhase::gone);
  const auto refused{state.claim("team-b")};
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::bad_request);
  for (const char* words :
       {"/var/lib/spillway holds 2 groups that may run of owner 'prod'", "'team-b'",
        "put `owner: prod` back", "spillway drain", "spillway sweep --without-state"}) {
    CAPTURE(words);
    CHECK(refused.error().context.find(words) != std::string::npos);
  }
  CHECK(state.claim("prod"));  // put back
  state.record("web-1", GroupPhase::gone);
  state.record("web-2", GroupPhase::gone);
  CHECK(state.claim("team-b"));
  state.record("web-4", GroupPhase::serving);
  CHECK_FALSE(state.claim("prod"));
}

TEST_CASE("a state of the version before belongs to whoever comes first") {
  State state{};
  state.record("web-1", GroupPhase::serving);
  CHECK(state.claim("prod"));
  CHECK_FALSE(state.claim("team-b"));
  CHECK(state.claim(""));  // a config without a provider has no owner, and takes nothing over
  CHECK_FALSE(state.claim("team-b"));
}

TEST_CASE("a standby pool of the old owner was billed for ever") {
  State state{};
  REQUIRE(state.claim("prod"));
  state.tick_at(state.noon);
  state.record("standby web 1", GroupPhase::gone);
  const auto refused{state.claim("team-b")};
  REQUIRE(!refused);
  CHECK(refused.error().context.find("holds 1 standby pool of owner 'prod'") != std::string::npos);
  SUBCASE("until it was removed") {
    state.record("standby web 1", GroupPhase::gone, state.noon);
    CHECK(state.claim("team-b"));
  }
  SUBCASE("or it was last looked at long before the last tick") {
    state.tick_at(state.noon + 11min);
    CHECK(state.claim("team-b"));
  }
}

TEST_CASE("the virtual node's groups of the old owner were billed for ever") {
  State state{};
  REQUIRE(state.claim("prod"));
  state.tick_at(state.noon);
  const auto pod{[&](const std::string& name, TimePoint looked_at, bool has_gone) {
    GroupRecord record{.id = {name}, .workload = "node/spillway"};
    record.state = {.phase = GroupPhase::gone, .since = looked_at};
    record.note = "told by no wording, gone";
    if (has_gone) record.billed_until = looked_at;
    REQUIRE(state.store.write({.groups = {record}}));
  }};
  pod("a", state.noon - 20s, false);
  pod("b", state.noon - 20s, false);
  pod("c", state.noon - 20s, true);
  pod("d", state.noon - 11min, false);
  const auto refused{state.claim("team-b")};
  REQUIRE(!refused);
  CHECK(refused.error().context.find("holds 2 pods on the virtual node of owner 'prod'") !=
        std::string::npos);
  CHECK(refused.error().context.find("delete the pods") != std::string::npos);
  pod("a", state.noon, true);
  pod("b", state.noon, true);
  CHECK(state.claim("team-b"));
}

TEST_CASE("a damaged memory of the owner is told as it is, and not at any length") {
  State state{};
  const std::string damaged(100'000, 'x');
  REQUIRE(state.store.write({.kept = {{"owner", damaged, state.noon}}}));
  state.record("web-1", GroupPhase::serving);
  const auto refused{state.claim("prod")};
  REQUIRE(!refused);
  CHECK(refused.error().context.size() < 2'000);
}

TEST_CASE("an owner that cannot be read or kept stops the start") {
  State state{};
  state.store.fail_with(Error{Errc::unavailable, "disk full"});
  CHECK(state.claim("prod").error().code == Errc::unavailable);
}

}  // namespace
}  // namespace spillway::testing::state_owner_test
