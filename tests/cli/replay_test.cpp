// `explain --replay` on a journal that a controller could have written: equal bit for bit through
// JSON and SQLite, with the shadow's record, and different where somebody changed it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <utility>
#include <variant>

#include "controller/cli/commands.hpp"
#include "controller/cli/lead_up.hpp"
#include "controller/core/planner.hpp"
#include "controller/settings/load_config.hpp"
#include "controller/state/journal_json.hpp"
#include "controller/state/sqlite/sqlite_store.hpp"
#include "policies/replay.hpp"
#include "policies/shadow.hpp"
#include "tests/support/child_process.hpp"

namespace spillway::cli::replay_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

std::string config_text(const std::string& state) {
  return R"(metric_sources: {trace: {type: file, path: load.csv}}
clusters: {machines: {type: static_vms, count: 2, replicas_per_vm: 4}}
state: {directory: )" +
         state + R"(}
workloads:
  web:
    cluster: machines
    signals: {load: {query: value}}
    policies:
      - {type: auto, vm: {replicas: 4}}
      - {type: budget, per_day: 20 USD}
    shadow:
      policies: [{type: auto, late_price: 30}]
)";
}

/// Two hours of ticks, with a jump, blind stretches, an unknown fleet, and grants that cut.
std::vector<JournalEntry> course(const settings::WorkloadConfig& web) {
  const DecisionPolicy policy{settings::decision_policy(web)};
  const DecisionPolicy beside{*settings::shadow_policy(web)};
  std::vector<JournalEntry> entries{};
  History past{};
  History shadow_past{};
  ShadowRecord record{};
  int burst{0};
  int machines{0};
  for (int tick{0}; tick < 480; ++tick) {
    Snapshot now{.taken_at = noon + tick * 15s, .workload = "web"};
    const double load{80.0 + 70.0 * std::sin(tick / 40.0) + (tick > 300 ? 90.0 : 0.0) + tick % 7};
    const int serving{8 + 4 * machines + burst};
    if (tick % 41 != 40) now.readings.set("load", Reading::fresh(load, now.taken_at));
    now.readings.set("utilization",
                     Reading::fresh(std::min(1.0, load / (10.0 * serving)), now.taken_at));
    now.readings.set("late", Reading::fresh(load > 9.3 * serving ? 1.0 : 0.0, now.taken_at));
    now.fleet.base = BasePool{.ready = {8}, .desired = {8}};
    if (tick % 97 == 96) now.fleet.base.reset();
    now.fleet.vms.ready = {4 * machines};
    now.fleet.burst.emplace();
    if (burst > 0) {
      now.fleet.burst->push_back(
          {.id = {"r"}, .phase = GroupPhase::serving, .size = {.replicas = {burst}}});
    }
    now.replica_price = {usd(0.0594)};
    now.spend.today = usd(0.01 * tick);
    Decided acting{decide(policy, now, past)};
    Decided shadow{decide(beside, now, shadow_past)};
    if (tick % 13 == 12) apply_grant(acting, {3});
    ShadowTick shadow_tick{.past = shadow_past, .decision = shadow.decision, .before = record};
    record = with_tick(record, now, acting, shadow, web.shadow.wait);
    shadow_tick.record = record;
    entries.push_back({.at = now.taken_at,
                       .workload = "web",
                       .snapshot = now,
                       .past = past,
                       .decision = acting.decision,
                       .plan = plan_burst(acting.decision, now.fleet, {}, {}),
                       .settings_hash = "cafe",
                       .mode = "observe",
                       .shadow = std::move(shadow_tick)});
    past = std::move(acting.next);
    shadow_past = std::move(shadow.next);
    burst = acting.decision.burst.count;
    machines = acting.decision.vms.count / 4;
  }
  return entries;
}

/// A state directory with a course of decisions, and the config that names it.
class Journalled {
 public:
  explicit Journalled(const std::vector<JournalEntry>* instead = nullptr) {
    const std::string state{(folder_.path() / "state").string()};
    config_ = folder_.write("spillway.yaml", config_text(state));
    auto loaded{settings::load_config(config_, settings::ProcessEnvironment{})};
    REQUIRE(std::holds_alternative<settings::Config>(loaded));
    const settings::WorkloadConfig& web{std::get<settings::Config>(loaded).workloads.at("web")};
    StateBatch batch{.journal = instead != nullptr ? *instead : course(web)};
    entries = batch.journal;
    auto store{state::open_sqlite_store({.directory = state})};
    REQUIRE(store.has_value());
    REQUIRE((*store)->save_settings("cafe", settings::effective_yaml(web)).has_value());
    REQUIRE((*store)->write(batch).has_value());
  }

  int replay(ExplainRequest request) const { return cli::replay(config_, request, Output::json); }

  std::vector<JournalEntry> entries{};

 private:
  testing::ScratchDirectory folder_{};
  std::string config_{};
};

TEST_CASE("a course of auto that learns, with grants and a shadow, replays bit for bit") {
  const Journalled journal{};
  // The newest of them: what each absence would have changed is decided along half an hour before.
  CHECK(journal.replay({.limit = 120}) == exit_ok);
  CHECK(std::ranges::any_of(journal.entries, [](const JournalEntry& each) {
    return each.decision.burst > 0_replicas && each.decision.because == Because::allocated;
  }));
  CHECK(journal.entries.back().shadow->record.shadow.rent > Money{});
  CHECK(journal.entries.back().shadow->record.requests > 0.0);
}

TEST_CASE("a restart in the middle goes on from the journal's own history, bit for bit") {
  const Journalled journal{};
  // The history that a restarted controller begins with: the entry, written and read, remembered.
  for (const std::size_t stop : {50U, 200U, 430U}) {
    const auto read{state::decode_journal(state::encode_journal(journal.entries[stop]))};
    REQUIRE(read.has_value());
    CHECK(last_tick_of(*read, Duration::zero()).history.memories ==
          journal.entries[stop + 1].past.memories);
  }
}

TEST_CASE("a count, a record of the shadow, or a grant that somebody changed is found") {
  std::vector<JournalEntry> sound{Journalled{}.entries};
  // Up to the last decision that a grant has cut.
  const auto is_granted{[](const TrailStep& step) { return step.who == "allocator"; }};
  while (std::ranges::none_of(sound.back().decision.trail, is_granted)) sound.pop_back();
  REQUIRE(sound.size() > 20);
  const auto replayed_with{[&](const auto& change) {
    std::vector<JournalEntry> entries{sound};
    change(entries);
    return Journalled{&entries}.replay({.limit = 8});
  }};
  CHECK(replayed_with([](auto&) {}) == exit_ok);
  CHECK(replayed_with([](auto& all) { all[all.size() - 5].decision.burst += 1_replicas; }) ==
        exit_error);
  CHECK(replayed_with([](auto& all) {
          all[all.size() - 5].shadow->record.shadow.rent += usd(0.01);
        }) == exit_error);
  CHECK(replayed_with([](auto& all) {
          all[all.size() - 5].shadow->record.acting.late_requests += 1.0;
        }) == exit_error);
  CHECK(replayed_with([](auto& all) {
          for (JournalEntry& each : all) {
            for (TrailStep& step : each.decision.trail) {
              if (step.who == "allocator") step.words = "by the way";
            }
          }
        }) == exit_error);
}

TEST_CASE("an instant replays what was in force then, and only that") {
  std::vector<JournalEntry> entries{Journalled{}.entries};
  entries[100].decision.burst += 1_replicas;  // at 12:25:00
  const Journalled journal{&entries};
  CHECK(journal.replay({.at = noon + 25min}) == exit_error);
  CHECK(journal.replay({.at = noon + 25min + 14s}) == exit_error);
  CHECK(journal.replay({.at = noon + 25min + 15s}) == exit_ok);
  CHECK(journal.replay({.at = noon + 25min - 1s}) == exit_ok);
  CHECK(journal.replay({.workload = "web", .at = noon + 25min}) == exit_error);
}

TEST_CASE("what led up to a decision begins before the lead, and ends at other settings") {
  const testing::ScratchDirectory folder{};
  auto store{state::open_sqlite_store({.directory = (folder.path() / "state").string()})};
  REQUIRE(store.has_value());
  StateBatch batch{};
  const auto add{[&](Duration at, const std::string& workload, const std::string& settings) {
    batch.journal.push_back({.at = noon + at,
                             .workload = workload,
                             .snapshot = {.taken_at = noon + at, .workload = workload},
                             .settings_hash = settings});
  }};
  add(0min, "web", "old");
  add(5min, "web", "new");
  add(6min, "api", "new");
  for (const Duration at : {10min, 14min, 15min, 16min}) add(at, "web", "new");
  for (int i{1}; i <= 300; ++i) add(1h + i * 1s, "busy", "new");
  REQUIRE((*store)->write(batch).has_value());
  const auto led{[&](const std::string& workload, Duration at, Duration lead) {
    const JournalEntry entry{.at = noon + at, .workload = workload, .settings_hash = "new"};
    const auto found{lead_up_to(**store, entry, lead)};
    REQUIRE(found.has_value());
    std::vector<Duration> times{};
    for (const JournalEntry& each : *found) times.push_back(each.at - noon);
    return times;
  }};
  CHECK(led("web", 16min, 2min) == std::vector<Duration>{10min, 14min, 15min});
  CHECK(led("web", 16min, 3min) == std::vector<Duration>{10min, 14min, 15min});
  CHECK(led("web", 16min, 1h) == std::vector<Duration>{5min, 10min, 14min, 15min});
  CHECK(led("web", 5min, 1h).empty());
  CHECK(led("api", 6min, 1h).empty());
  CHECK(led("busy", 1h + 300s, 1h).size() == most_led);
  CHECK(led("busy", 1h + 300s, 1h).back() == 1h + 299s);
}

TEST_CASE("a replay that finds nothing is an error, not nothing replayed") {
  const Journalled journal{};
  CHECK(journal.replay({.id = 480}) == exit_ok);
  CHECK(journal.replay({.id = 9999}) == exit_error);
  CHECK(journal.replay({.workload = "wbe"}) == exit_error);
  CHECK(journal.replay({.workload = "wbe", .at = noon + 25min}) == exit_error);
  CHECK(journal.replay({.at = noon - 1s}) == exit_error);
  const std::vector<JournalEntry> none{};
  CHECK(Journalled{&none}.replay({}) == exit_error);
}

}  // namespace
}  // namespace spillway::cli::replay_test
