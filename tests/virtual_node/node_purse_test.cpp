// The virtual node's money, on a store that is there and one that is not.
#include "controller/wiring/node_purse.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "tests/support/memory_store.hpp"
#include "tests/support/printing.hpp"

using namespace spillway;
using namespace spillway::testing;
using namespace std::chrono_literals;
using spillway::wiring::NodePurse;
using spillway::wiring::OtherBurst;

namespace {

const TimePoint noon{std::chrono::sys_days{std::chrono::year{2026} / 5 / 4} + 12h};
const Place eastus{.region = "eastus"};
constexpr GroupSize small{.vcpu = 1.0, .memory_gb = 1.0};

struct Rig {
  NodePurse purse(virtual_node::SpendCaps caps, AllocatorSettings shared = {}) {
    return NodePurse{{.store = store,
                      .node = "burst",
                      .caps = caps,
                      .shared = shared,
                      .price = [this](const Place&, const GroupSize&) { return price; },
                      .others = [this] { return others; }}};
  }
  static ProviderGroup group(std::string name, TimePoint created) {
    ProviderGroup made{};
    made.id.name = std::move(name);
    made.place = eastus;
    made.size = small;
    made.tags.created_at = created;
    return made;
  }
  double spent_this_hour(TimePoint now) {
    return store.spend("node/burst", now).value().this_hour.usd();
  }

  HourlyPrice price{usd(0.06)};
  OtherBurst others{};
  MemoryStore store{std::make_shared<MemoryDisk>()};
};

}  // namespace

TEST_CASE("the node's groups are on the bill, from their create until they are gone") {
  Rig rig{};
  NodePurse purse{rig.purse({})};
  purse.note({Rig::group("a", noon)}, noon + 1s);
  purse.note({Rig::group("a", noon)}, noon + 10min);
  CHECK(rig.spent_this_hour(noon + 10min) == doctest::Approx(0.01));
  const auto is_on_node{[&] {
    return spillway::wiring::is_on_node(rig.store.groups({.since = noon}).value().front());
  }};
  CHECK(is_on_node());
  purse.note({}, noon + 20min);
  CHECK_FALSE(is_on_node());
  purse.note({}, noon + 50min);
  CHECK(rig.spent_this_hour(noon + 50min) == doctest::Approx(0.02));
  CHECK(rig.store.open_groups().value().empty());  // the loop shall know nothing of them
}

TEST_CASE("another wording of a pod's note broke its bill") {
  Rig rig{};
  NodePurse purse{rig.purse({})};
  purse.note({Rig::group("a", noon), Rig::group("b", noon)}, noon + 5min);
  purse.note({Rig::group("b", noon)}, noon + 10min);
  const auto reworded{[&](const char* note) {
    StateBatch batch{.groups = rig.store.groups({}).value()};
    for (GroupRecord& record : batch.groups) record.note = note;
    REQUIRE(rig.store.write(batch));
  }};
  for (const char* note : {"", "pod shop/web-1, gone", "pod shop/web-1 (it has ended)"}) {
    CAPTURE(note);
    reworded(note);
    const auto records{rig.store.groups({}).value()};
    REQUIRE(records.size() == 2);
    for (const GroupRecord& record : records) {
      CHECK(spillway::wiring::is_on_node(record) == (record.id.name == "b"));
    }
    CHECK(rig.spent_this_hour(noon + 30min) == doctest::Approx(0.02));
  }
  // Also the record that a restarted purse goes on with.
  NodePurse next{rig.purse({})};
  next.note({Rig::group("b", noon)}, noon + 20min);
  CHECK(rig.spent_this_hour(noon + 30min) == doctest::Approx(0.03));
}

TEST_CASE("a pod that was missing once, while nothing could be written, is on the node again") {
  Rig rig{};
  NodePurse purse{rig.purse({})};
  purse.note({Rig::group("a", noon)}, noon + 1min);
  rig.store.fail_with(Error{Errc::unavailable, "disk full"});
  purse.note({}, noon + 2min);
  rig.store.fail_with({});
  purse.note({Rig::group("a", noon)}, noon + 10min);
  const GroupRecord record{rig.store.groups({}).value().front()};
  CHECK(spillway::wiring::is_on_node(record));
  CHECK(record.note == "pod ");  // of a group whose tags name none
  CHECK(rig.spent_this_hour(noon + 10min) == doctest::Approx(0.01));
}

TEST_CASE("a restart goes on with the same bill") {
  Rig rig{};
  {
    NodePurse purse{rig.purse({})};
    purse.note({Rig::group("a", noon)}, noon + 10min);
  }
  NodePurse purse{rig.purse({})};
  purse.note({Rig::group("a", noon)}, noon + 30min);
  CHECK(rig.spent_this_hour(noon + 30min) == doctest::Approx(0.03));
}

TEST_CASE("no group is created beyond a cap, and those under way count") {
  Rig rig{};
  NodePurse purse{rig.purse({.per_hour = usd(0.0101)})};
  purse.note({}, noon);
  CHECK_FALSE(purse.refuses(eastus, small, noon));  // five minutes of one: 0.005 USD
  CHECK_FALSE(purse.refuses(eastus, small, noon));
  const auto why = purse.refuses(eastus, small, noon);
  REQUIRE(why);
  CHECK(why->find("virtual_node.budget.per_hour is 0.0101 USD") != std::string::npos);
  // The groups are there, and cost: nothing is left at all.
  purse.note({Rig::group("a", noon), Rig::group("b", noon)}, noon + 6min);
  purse.note({Rig::group("a", noon)}, noon + 7min);
  CHECK(purse.refuses(eastus, small, noon + 7min));
  // Another hour, other money.
  CHECK_FALSE(purse.refuses(eastus, small, noon + 61min));
}

TEST_CASE("the limits that all workloads share hold for the node, too") {
  Rig rig{};
  rig.others = {.replicas = 2, .rent = HourlyPrice{usd(0.12)}};
  NodePurse by_count{rig.purse({}, {.max_burst = 3})};
  by_count.note({}, noon);
  CHECK_FALSE(by_count.refuses(eastus, small, noon));
  CHECK(by_count.refuses(eastus, small, noon).value().find("allocator.max_burst is 3") !=
        std::string::npos);
  NodePurse by_rent{rig.purse({}, {.max_rent = HourlyPrice{usd(0.2)}})};
  by_rent.note({}, noon);
  CHECK_FALSE(by_rent.refuses(eastus, small, noon));
  CHECK(by_rent.refuses(eastus, small, noon).value().find("allocator.max_rent") !=
        std::string::npos);
}

TEST_CASE("what cannot be known is refused where there is a cap, and only there") {
  Rig rig{};
  NodePurse capped{rig.purse({.per_day = usd(5)})};
  NodePurse free{rig.purse({})};
  rig.store.fail_with(Error{Errc::unavailable, "disk full"});
  CHECK(capped.refuses(eastus, small, noon).value().find("disk full") != std::string::npos);
  CHECK_FALSE(free.refuses(eastus, small, noon));
  rig.store.fail_with({});
  rig.price = {};
  CHECK(capped.refuses(eastus, small, noon).value().find("price") != std::string::npos);
  CHECK_FALSE(free.refuses(eastus, small, noon));
}

TEST_CASE("a bill that could not be written is written later, to the end of each group") {
  Rig rig{};
  NodePurse purse{rig.purse({})};
  purse.note({Rig::group("a", noon)}, noon + 1min);
  rig.store.fail_with(Error{Errc::unavailable, "disk full"});
  purse.note({}, noon + 10min);
  rig.store.fail_with({});
  purse.note({}, noon + 11min);
  CHECK(rig.spent_this_hour(noon + 30min) == doctest::Approx(0.011));
}
