#include "tests/metrics/exported/filled.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/manual_clock.hpp"

namespace spillway::exported {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint now{testing::monday_noon};

Group group(std::string name, GroupPhase phase) {
  return {.id = {std::move(name)}, .phase = phase, .place = {.region = "eastus"}};
}

}  // namespace

void fill(Telemetry& telemetry) {
  telemetry.mode(true);
  telemetry.tick_finished(now, 120ms, true);
  const std::vector<Group> groups{group("a", GroupPhase::serving), group("b", GroupPhase::serving),
                                  group("c", GroupPhase::creating)};
  const Snapshot snapshot{.fleet = {.base = BasePool{.ready = 4_replicas}, .burst = groups},
                          .spend = {.today = usd(1.25)}};
  telemetry.decided(snapshot, {.workload = "web",
                               .desired = 7_replicas,
                               .recommended = 9_replicas,
                               .burst = 3_replicas,
                               .because = Because::load_over_target});
  telemetry.withheld(std::vector<Withheld>{{.count = 2_replicas, .because = Because::paused},
                                           {.count = {-1}, .because = Because::blast_radius}});
  telemetry.groups(groups);
  telemetry.group_entered(GroupPhase::serving);
  telemetry.group_started({.region = "eastus"}, 31s);
  telemetry.orphan_found();
  telemetry.rival_seen();
  telemetry.entry_unreadable();
  telemetry.call("create", std::nullopt);
  telemetry.call("create", Error{Errc::throttled, "429"});
  telemetry.create_tokens(99);
  telemetry.platform_restart({.region = "eastus", .priority = Priority::spot},
                             Because::spot_evicted);
  telemetry.quota_limit({.region = "eastus"}, "cores", 10);
  telemetry.standby("web", 2, 1, 1);
  telemetry.machines("web", 5, 4);
  telemetry.sources(std::vector<SourceHealth>{{.name = "prom",
                                               .state = SourceState::failing,
                                               .since = now,
                                               .answered_at = now - 1min,
                                               .took = 80ms,
                                               .reads = {0, 0, 0, 1}}});
  telemetry.readings({3, 1});
  telemetry.spend(usd(12.5), {usd(0.2)});
  telemetry.reloaded(now, true);
}

}  // namespace spillway::exported
