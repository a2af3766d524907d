#include "controller/loop/bill.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::bill_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{1'795'444'200'000ms};

/// A create that was sent at noon.
GroupRecord intent() {
  GroupRecord record{};
  record.id = {"web-1"};
  record.state = {.phase = GroupPhase::creating, .since = noon, .created_at = noon};
  record.billed_from = noon;
  return record;
}

ProviderGroup view(Running running, std::optional<TimePoint> pulled_at = std::nullopt) {
  ProviderGroup seen{};
  seen.provisioning = Provisioning::succeeded;
  seen.running = running;
  seen.billed_since = pulled_at;
  return seen;
}

struct Bill {
  GroupRecord record{intent()};
  BillNotes notes{.seen_at = noon};

  bool sees(const ProviderGroup& seen, Duration at) {
    return correct_bill(record, notes, seen, noon + at);
  }
  Duration from() const { return *record.billed_from - noon; }
  Duration ends(Duration now) const { return bill_end(record, notes, noon + now) - noon; }
};

TEST_CASE("the charge begins with the first pull, not with the create") {
  Bill bill{};
  CHECK_FALSE(bill.sees(view(Running::waiting), 5s));
  CHECK(bill.sees(view(Running::waiting, noon + 9s), 12s));
  CHECK(bill.from() == 9s);
  CHECK_FALSE(bill.sees(view(Running::running, noon + 9s), 30s));
}

TEST_CASE("a pull after a restart does not wipe out what was charged before it") {
  Bill bill{};
  bill.sees(view(Running::running, noon + 9s), 30s);
  bill.record.serving_since = noon + 40s;
  CHECK_FALSE(bill.sees(view(Running::running, noon + 2h), 2h + 1min));
  CHECK(bill.from() == 9s);
  SUBCASE("nor does one before it served") {
    Bill starting{};
    starting.sees(view(Running::waiting, noon + 9s), 10s);
    starting.sees(view(Running::waiting, noon + 70s), 80s);
    CHECK(starting.from() == 9s);
  }
  SUBCASE("nor one of an adopted group, of which nothing was known") {
    Bill adopted{};
    ProviderGroup seen{view(Running::running, noon + 3h)};
    seen.restarts = 1;
    adopted.sees(seen, 4h);
    CHECK(adopted.from() == 0s);
  }
}

TEST_CASE("a cloud whose clock is ahead charges for nothing that has not happened") {
  Bill bill{};
  bill.sees(view(Running::waiting, noon + 50s), 20s);
  CHECK(bill.from() == 20s);
  ProviderGroup ended{view(Running::ended, noon + 50s)};
  ended.ended_at = noon + 90s;
  bill.sees(ended, 60s);
  CHECK(bill.ends(5min) == 60s);
}

TEST_CASE("an end that was told late counts from when it was") {
  Bill bill{};
  bill.sees(view(Running::running, noon + 10s), 30s);
  ProviderGroup ended{view(Running::ended, noon + 10s)};
  ended.ended_at = noon + 100s;
  CHECK(bill.sees(ended, 2h));
  CHECK(bill.ends(2h + 1min) == 100s);
  // Charged for again from here on: the platform, or a person, started it.
  CHECK(bill.sees(view(Running::running, noon + 10s), 3h));
  CHECK_FALSE(bill.record.billed_until.has_value());
}

TEST_CASE("a group that we removed is charged until it has gone") {
  Bill bill{};
  bill.sees(view(Running::running, noon + 10s), 30s);
  bill.notes.is_removal_accepted = true;
  CHECK(bill.ends(10min) == 10min);
}

TEST_CASE("a group that somebody else removed is charged until it was last seen") {
  Bill bill{};
  bill.sees(view(Running::running, noon + 10s), 30s);
  bill.notes.seen_at = noon + 4min;  // in a listing
  CHECK(bill.ends(10h) == 4min);
}

TEST_CASE("what never was and what never pulled costs nothing") {
  Bill refused{};
  refused.notes.seen_at.reset();
  CHECK(refused.ends(1min) == 0s);

  Bill failed{};
  ProviderGroup no_room{view(Running::ended)};  // the group's state is "Failed"
  no_room.provisioning = Provisioning::failed;
  failed.sees(no_room, 40s);
  failed.notes.is_removal_accepted = true;
  CHECK(failed.ends(1min) == 0s);
}

TEST_CASE("a start that failed after the pull is charged for, and in doubt so is any other") {
  Bill failed{};
  ProviderGroup crashed{view(Running::ended, noon + 10s)};
  crashed.provisioning = Provisioning::failed;
  failed.sees(crashed, 40s);
  failed.notes.is_removal_accepted = true;
  CHECK(failed.from() == 10s);
  CHECK(failed.ends(1min) == 60s);

  Bill unseen{};  // accepted, and then nobody answered
  unseen.notes.is_removal_accepted = true;
  CHECK(unseen.ends(1min) == 60s);
}

TEST_CASE("a member of a standby pool is on our bill from when it was taken") {
  Bill bill{};
  ProviderGroup warm{view(Running::running, noon - 5h)};
  warm.is_warm = true;
  CHECK_FALSE(bill.sees(warm, 3s));
  CHECK(bill.from() == 0s);
}

}  // namespace
}  // namespace spillway::bill_test
