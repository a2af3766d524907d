#include "controller/loop/adoption.hpp"

#include <string>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::adoption_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint now{1'795'444'200'000ms};

ProviderGroup listed(std::string name, std::string workload, Duration age = 1h) {
  ProviderGroup group{};
  group.id = {std::move(name)};
  group.tags = {.owner = "us", .workload = std::move(workload), .created_at = now - age};
  return group;
}

std::vector<std::string> names(const std::vector<ProviderGroup>& groups) {
  std::vector<std::string> names{};
  for (const ProviderGroup& group : groups) names.push_back(group.id.name);
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("unrecorded groups: adopted for a configured workload, reaped for another once old") {
  ProviderGroup leaving{listed("leaving", "web")};
  leaving.provisioning = Provisioning::deleting;
  const Adoption adoption{compare(
      {listed("known", "web"), listed("lost", "web", 1s), listed("orphan", "old-shop"),
       listed("at-limit", "old-shop", 10min), listed("young", "old-shop", 10min - 1ms), leaving},
      {{"known"}}, {"web", "batch"}, now, 10min)};
  CHECK(names(adoption.adopt) == Names{"lost"});
  CHECK(names(adoption.reap) == Names{"orphan", "at-limit"});
}

TEST_CASE("a recorded group that is not listed is neither adopted nor reaped: listings lag") {
  const Adoption adoption{compare({}, {{"known"}}, {"web"}, now, 10min)};
  CHECK(adoption.adopt.empty());
  CHECK(adoption.reap.empty());
}

TEST_CASE("what the provider shows becomes one event") {
  struct Row {
    std::string name;
    Provisioning provisioning;
    Running running;
    std::string ip;
    std::string known_ip;
    GroupEvent event;
  };
  using enum Provisioning;
  const std::vector<Row> rows{
      {"pending", pending, Running::unknown, "", "", GroupEvent::seen_provisioning},
      {"failed", failed, Running::running, "10.0.0.1", "10.0.0.1", GroupEvent::seen_failed},
      {"deleting", deleting, Running::running, "10.0.0.1", "", GroupEvent::seen_deleting},
      {"from a listing", succeeded, Running::unknown, "10.0.0.1", "10.0.0.1",
       GroupEvent::seen_provisioned},
      {"waiting", succeeded, Running::waiting, "10.0.0.1", "", GroupEvent::seen_provisioned},
      {"runs without address", succeeded, Running::running, "", "", GroupEvent::seen_provisioned},
      {"runs", succeeded, Running::running, "10.0.0.1", "", GroupEvent::seen_running},
      {"runs where it did", succeeded, Running::running, "10.0.0.1", "10.0.0.1",
       GroupEvent::seen_running},
      {"runs elsewhere", succeeded, Running::running, "10.0.0.2", "10.0.0.1",
       GroupEvent::seen_moved},
      {"listed elsewhere", succeeded, Running::unknown, "10.0.0.2", "10.0.0.1",
       GroupEvent::seen_moved},
      {"address not told", succeeded, Running::running, "", "10.0.0.1",
       GroupEvent::seen_provisioned},
      {"ended", succeeded, Running::ended, "10.0.0.1", "10.0.0.1", GroupEvent::seen_failed},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    ProviderGroup group{listed("g", "web")};
    group.provisioning = row.provisioning;
    group.running = row.running;
    group.ip = row.ip;
    CHECK(to_string(event_of(group, row.known_ip)) == to_string(row.event));
  }
}

TEST_CASE("what never has an address runs without one, and a mended node is a start") {
  ProviderGroup worker{listed("g", "web")};
  worker.provisioning = Provisioning::succeeded;
  worker.running = Running::running;
  worker.has_address = false;
  CHECK(to_string(event_of(worker, "")) == "seen_running");
  worker.provisioning = Provisioning::repairing;
  CHECK(to_string(event_of(worker, "")) == "seen_provisioning");
}

TEST_CASE(
    "an eviction is told apart from other restarts by events, and without them by the state") {
  struct Row {
    std::string name;
    Priority priority;
    GroupPhase phase;
    Provisioning provisioning;
    bool was_evicted;
    bool is_eviction;
  };
  using enum Provisioning;
  const std::vector<Row> rows{
      {"an event says so", Priority::spot, GroupPhase::serving, repairing, true, true},
      {"and it runs again", Priority::spot, GroupPhase::serving, succeeded, true, true},
      {"during its start", Priority::spot, GroupPhase::creating, pending, true, true},
      {"created once more", Priority::spot, GroupPhase::serving, pending, false, true},
      {"the same, draining", Priority::spot, GroupPhase::draining, pending, false, true},
      {"its first start", Priority::spot, GroupPhase::creating, pending, false, false},
      {"a mended node", Priority::spot, GroupPhase::serving, repairing, false, false},
      {"regular, created once more", Priority::regular, GroupPhase::serving, pending, false, false},
      {"regular, whatever the words", Priority::regular, GroupPhase::serving, repairing, true,
       false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    ProviderGroup seen{listed("g", "web")};
    seen.provisioning = row.provisioning;
    seen.was_evicted = row.was_evicted;
    GroupRecord record{};
    record.place.priority = row.priority;
    record.state.phase = row.phase;
    CHECK(is_evicted(seen, record) == row.is_eviction);
  }
}

TEST_CASE("a group whose containers ended at another address is replaced, not probed there") {
  ProviderGroup group{listed("g", "web")};
  group.provisioning = Provisioning::succeeded;
  group.running = Running::ended;
  group.ip = "10.0.0.2";
  CHECK(to_string(event_of(group, "10.0.0.1")) == to_string(GroupEvent::seen_failed));
}

}  // namespace
}  // namespace spillway::adoption_test
