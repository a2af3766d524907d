// What the loop tells becomes metrics and log lines: transitions once, counters in step.
#include "controller/wiring/reporter.hpp"

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "controller/io/log.hpp"
#include "tests/support/caught_log.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::testing::reporter_test {
namespace {

using namespace std::chrono_literals;

struct Desk {
  CaughtLog log{};
  boost::asio::io_context context{};
  ManualClock clock{context};
  std::shared_ptr<MemoryDisk> disk{std::make_shared<MemoryDisk>()};
  MemoryStore store{disk};
  exported::Telemetry telemetry{"1"};
  wiring::Reporter reporter{telemetry, clock, store};

  bool shows(std::string_view line) const {
    const std::string page{"\n" + telemetry.exposition()};
    const bool is_there{page.find("\n" + std::string{line} + "\n") != page.npos};
    if (!is_there) MESSAGE(page);
    return is_there;
  }
  void tick(std::optional<Error> store_trouble) {
    const auto status{std::make_shared<Status>()};
    status->at = clock.now();
    status->store_trouble = std::move(store_trouble);
    reporter.on_tick(status, 20ms);
  }
  void tick(std::shared_ptr<const WorkloadStatus> workload) {
    const auto status{std::make_shared<Status>()};
    status->at = clock.now();
    status->workloads.push_back(std::move(workload));
    reporter.on_tick(status, 20ms);
  }
};

GroupRecord group(std::string name, Priority priority = Priority::regular) {
  GroupRecord record{};
  record.id = {std::move(name)};
  record.workload = "web";
  record.place = {.region = "westeurope", .priority = priority};
  record.price = {usd(0.06)};
  return record;
}

TEST_CASE("an eviction and a restart are counted under their own reasons") {
  Desk desk{};
  desk.reporter.on_platform_restart(group("a", Priority::spot), Because::spot_evicted);
  desk.reporter.on_platform_restart(group("b", Priority::spot), Because::spot_evicted);
  desk.reporter.on_platform_restart(group("c"), Because::platform_restarted);
  const std::string family{"spillway_platform_restarts_total{because=\""};
  CHECK(desk.shows(family + "SpotEvicted\",place=\"westeurope spot\"} 2"));
  CHECK(desk.shows(family + "PlatformRestarted\",place=\"westeurope\"} 1"));
  CHECK(desk.log.count("SpotEvicted") == 2);
  CHECK(desk.log.count("PlatformRestart") == 1);
}

TEST_CASE("groups of a workload that left the config were in no figure, and went on costing") {
  Desk desk{};
  const auto tick{[&desk](std::vector<GroupRecord> leaving) {
    const auto status{std::make_shared<Status>()};
    status->at = desk.clock.now();
    status->leaving = std::move(leaving);
    desk.reporter.on_tick(status, 20ms);
  }};
  for (int i{0}; i < 3; ++i) tick({group("web-1"), group("web-2")});
  CHECK(desk.shows("spillway_groups{place=\"westeurope\",phase=\"intended\"} 2"));
  CHECK(desk.shows("spillway_spend_rate_usd_per_hour 0.12"));
  CHECK(desk.log.count("FormerWorkload") == 1);
  CHECK(desk.log.text().find("\"groups\":2") != std::string::npos);
  tick({});
  CHECK(desk.log.count("FormerWorkloadGone") == 1);
  CHECK(desk.shows("spillway_spend_rate_usd_per_hour 0"));
  tick({group("web-3")});
  CHECK(desk.log.count("FormerWorkload") == 2);
}

TEST_CASE("a full disk stopped all creates, and the log said only what it would create") {
  Desk desk{};
  const Error full{Errc::unavailable, "writing state: the disk is full"};
  for (int i{0}; i < 3; ++i) desk.tick(full);
  CHECK(desk.log.count("StateNotWritten") == 1);
  CHECK(desk.log.text().find(full.context) != std::string::npos);
  for (int i{0}; i < 2; ++i) desk.tick(std::optional<Error>{});
  CHECK(desk.log.count("StateWritten") == 1);
  desk.tick(full);
  CHECK(desk.log.count("StateNotWritten") == 2);
}

TEST_CASE("a call that fails is told with the advice of who refused it") {
  Desk desk{};
  desk.reporter.on_call("list_traffic", "service",
                        Error{.code = Errc::denied, .context = "403", .advice = "ask the API"});
  desk.reporter.on_call("list", "provider", Error{Errc::denied, "403"});
  CHECK(desk.log.text().find("\"advice\":\"ask the API\"") != std::string::npos);
  CHECK(desk.log.text().find(std::string{advice(Errc::denied)}) != std::string::npos);
}

TEST_CASE("a pool that falls ill is told once, and again only after it was well") {
  Desk desk{};
  const StandbyStock ill{.running = 1, .is_healthy = false, .words = "HealthState/degraded"};
  const StandbyStock well{.running = 2, .creating = 1};
  for (int i{0}; i < 3; ++i) desk.reporter.on_standby("web", 3, ill);
  CHECK(desk.log.count("StandbyPoolUnhealthy") == 1);
  desk.reporter.on_standby("web", 3, well);
  CHECK(desk.shows("spillway_standby_groups{state=\"wanted\",workload=\"web\"} 3"));
  CHECK(desk.shows("spillway_standby_groups{state=\"running\",workload=\"web\"} 2"));
  CHECK(desk.shows("spillway_standby_groups{state=\"creating\",workload=\"web\"} 1"));
  desk.reporter.on_standby("web", 3, ill);
  CHECK(desk.log.count("StandbyPoolUnhealthy") == 2);
}

TEST_CASE("machines are shown as they are") {
  Desk desk{};
  desk.reporter.on_machines("web", {.capacity = 5, .ready = 4, .is_changing = true});
  CHECK(desk.shows("spillway_machines{state=\"capacity\",workload=\"web\"} 5"));
  CHECK(desk.shows("spillway_machines{state=\"ready\",workload=\"web\"} 4"));
}

TEST_CASE("a quota of zero needs a person: said once for each place and row, until it is raised") {
  Desk desk{};
  const Place spot{.region = "westeurope", .priority = Priority::spot};
  std::vector<Usage> rows{{"StandardCores", 4, 10, Usage::What::cores},
                          {"StandardSpotCores", 0, 0, Usage::What::cores, Priority::spot},
                          {"SomethingElse", 0, 0}};
  desk.reporter.on_quota(spot, rows);
  desk.reporter.on_quota(spot, rows);
  CHECK(desk.log.count("QuotaIsZero") == 1);
  CHECK(desk.shows("spillway_quota_limit{place=\"westeurope spot\",quota=\"cores\"} 0"));
  rows.at(1).limit = 20;
  desk.reporter.on_quota(spot, rows);
  CHECK(desk.shows("spillway_quota_limit{place=\"westeurope spot\",quota=\"cores\"} 20"));
  rows.at(1).limit = 0;
  desk.reporter.on_quota(spot, rows);
  CHECK(desk.log.count("QuotaIsZero") == 2);
}

TEST_CASE("a new template is told with what was left out, and a rejected one with the reason") {
  Desk desk{};
  ReplicaTemplate replica{};
  replica.image = "example/web:2";
  desk.reporter.on_template("web", replica, {"volume data: a host path", "user 1000"});
  CHECK(desk.log.count("TemplateTaken") == 1);
  CHECK(desk.log.count("LeftOut") == 2);
  CHECK(desk.log.text().find("example/web:2") != std::string::npos);
  CHECK(desk.log.text().find("a host path") != std::string::npos);
  desk.reporter.on_rollback("web", "0123", "3 groups never served");
  CHECK(desk.log.count("TemplateRejected") == 1);
  CHECK(desk.log.text().find("3 groups never served") != std::string::npos);
}

TEST_CASE("a failing call is told when it begins to fail and when it is back, probes never") {
  Desk desk{};
  const Error down{Errc::unavailable, "503"};
  for (int i{0}; i < 4; ++i) desk.reporter.on_call("list", "provider", down);
  CHECK(desk.log.count("CallFailing") == 1);
  desk.reporter.on_call("list", "provider", std::nullopt);
  desk.reporter.on_call("list", "provider", std::nullopt);
  CHECK(desk.log.count("CallRecovered") == 1);
  CHECK(desk.log.text().find("\"failures\":4") != std::string::npos);
  desk.reporter.on_call("probe", "web-1", down);
  CHECK(desk.log.count("CallFailing") == 1);
  CHECK(desk.shows("spillway_calls_total{call=\"list\",outcome=\"Unavailable\"} 4"));
  CHECK(desk.shows("spillway_calls_total{call=\"probe\",outcome=\"Unavailable\"} 1"));
}

TEST_CASE("throttled calls of 300 groups flooded the log with a line for each") {
  Desk desk{};
  const Error slow{Errc::throttled, "deleting group: Azure's rate limit is used up", Duration{5s}};
  const auto none{[&desk] { desk.tick(std::optional<Error>{}); }};
  for (int second{0}; second < 180; second += 5) {
    for (int i{0}; i < 300; ++i) {
      desk.reporter.on_group_call("remove", group("web-" + std::to_string(i)), slow);
    }
    desk.reporter.on_group_call("remove", group("web-0"), std::nullopt);  // some go through
    none();
    desk.clock.advance_by(5s);
  }
  CHECK(desk.log.count("CallFailing") == 0);
  CHECK(desk.log.count("CallRecovered") == 0);
  CHECK(desk.log.count("CallsThrottled") == 3);  // at once, then a line a minute
  CHECK(desk.log.text().find("\"calls\":1,") != std::string::npos);
  CHECK(desk.log.text().find("\"calls\":3899,") != std::string::npos);
  CHECK(desk.log.text().find("\"where\":\"westeurope\"") != std::string::npos);
  CHECK(desk.shows("spillway_calls_total{call=\"remove\",outcome=\"Throttled\"} 10800"));
  CHECK(desk.log.count("ThrottlingEnded") == 0);
  desk.clock.advance_by(1min);
  none();
  none();
  CHECK(desk.log.count("ThrottlingEnded") == 1);
  CHECK(desk.log.text().find("\"calls\":10800,") != std::string::npos);
}

TEST_CASE("throttled calls are told apart by kind and region") {
  Desk desk{};
  const Error slow{Errc::throttled, "429"};
  GroupRecord elsewhere{group("b")};
  elsewhere.place.region = "eastus";
  for (int i{0}; i < 3; ++i) {
    desk.reporter.on_group_call("get", group("a"), slow);
    desk.reporter.on_group_call("get", elsewhere, slow);
    desk.reporter.on_group_call("create", group("a"), slow);
    desk.reporter.on_call("list", "provider", slow);
  }
  CHECK(desk.log.count("CallsThrottled") == 4);
}

TEST_CASE("a denial is told once, and again when it is another one") {
  Desk desk{};
  const auto denied{[&desk](std::string words) {
    desk.reporter.on_group_call("remove", group("web-1"), Error{Errc::denied, std::move(words)});
  }};
  denied("403 ScopeLocked, trace 4711");
  denied("403 ScopeLocked, trace 4712");
  CHECK(desk.log.count("CallFailing") == 1);
  desk.reporter.on_group_call("remove", group("web-1"), Error{Errc::timeout, "no answer"});
  denied("403 ScopeLocked, trace 4713");
  CHECK(desk.log.count("CallFailing") == 1);
  denied("403 AuthorizationFailed");
  CHECK(desk.log.count("CallFailing") == 2);
  desk.reporter.on_group_call("remove", group("web-1"), std::nullopt);
  CHECK(desk.log.count("CallRecovered") == 1);
}

TEST_CASE("the rate of spending counts what is kept warm as well") {
  Desk desk{};
  const auto web{std::make_shared<WorkloadStatus>()};
  web->decision.workload = "web";
  web->groups = {group("a"), group("b")};
  web->standby = StandbyStatus{.wanted = 2, .price = {usd(0.11)}};
  desk.tick(web);
  CHECK(desk.shows("spillway_spend_rate_usd_per_hour 0.23"));
}

TEST_CASE("the counter of spending goes on when a new month begins") {
  Desk desk{};
  GroupRecord running{group("a")};
  running.price = {usd(3600.0)};  // 1 USD a second
  running.state.phase = GroupPhase::serving;
  running.billed_from = monday_noon;
  REQUIRE(desk.store.write({.groups = {running}}));
  const auto web{std::make_shared<WorkloadStatus>()};
  web->decision.workload = "web";
  // 2026-11-23T12:00Z: the month ends 180 hours later.
  desk.clock.advance_by(180h - 5s);
  desk.tick(web);
  CHECK(desk.shows("spillway_spend_usd_total 647995"));
  desk.clock.advance_by(5s + 1min);
  desk.tick(web);
  CHECK(desk.shows("spillway_spend_usd_total 648055"));  // but for the last tick's five seconds
  desk.clock.advance_by(1h);
  desk.tick(web);
  CHECK(desk.shows("spillway_spend_usd_total 651655"));
}

TEST_CASE("the time of a start is measured once: a group that comes back did not start") {
  Desk desk{};
  GroupRecord served{group("a")};
  served.state = {
      .phase = GroupPhase::serving, .since = monday_noon + 40s, .created_at = monday_noon};
  served.serving_since = monday_noon + 40s;
  desk.reporter.on_phase(served, GroupPhase::probing, std::nullopt);
  CHECK(desk.shows("spillway_group_start_seconds_sum{place=\"westeurope\"} 40"));
  // An hour later the platform moved it: its time limit began anew, its start did not.
  served.state.created_at = monday_noon + 1h;
  served.state.since = monday_noon + 1h + 30s;
  desk.reporter.on_phase(served, GroupPhase::probing, std::nullopt);
  CHECK(desk.shows("spillway_group_start_seconds_count{place=\"westeurope\"} 1"));
}

TEST_CASE(
    "that somebody else creates under our owner is told now and then, and counted each time") {
  Desk desk{};
  for (const char* name : {"a", "b", "c"}) desk.reporter.on_rival({name});
  CHECK(desk.log.count("OwnerShared") == 1);
  desk.clock.advance_by(11min);
  desk.reporter.on_rival({"d"});
  CHECK(desk.log.count("OwnerShared") == 2);
  CHECK(desk.shows("spillway_owner_conflicts_total 4"));
}

TEST_CASE("a journal entry that was passed over is an error in the log, and counted") {
  Desk desk{};
  wiring::report_unreadable(desk.telemetry, {.id = 7, .workload = "web", .complaint = "not JSON"});
  CHECK(desk.log.count("JournalEntryUnreadable") == 1);
  CHECK(desk.shows("spillway_journal_entries_unreadable_total 1"));
}

}  // namespace
}  // namespace spillway::testing::reporter_test
