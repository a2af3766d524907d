// The loop: observe, decide, plan, act, record, once per interval. It waits for the readings and
// the clusters; listings, group operations and traffic run beside it, so that a slow cloud never
// delays a decision. Knows interfaces only. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/core/template_memory.hpp"
#include "controller/io/task_group.hpp"
#include "controller/loop/group_keeper.hpp"
#include "controller/loop/journalist.hpp"
#include "controller/loop/loop_observer.hpp"
#include "controller/loop/quotas.hpp"
#include "controller/loop/sensors.hpp"
#include "controller/loop/standby_keeper.hpp"
#include "controller/loop/status.hpp"
#include "controller/loop/tentative.hpp"
#include "controller/loop/traffic_keeper.hpp"
#include "controller/loop/vm_keeper.hpp"
#include "controller/loop/workload.hpp"
#include "policies/combine/allocator.hpp"

namespace spillway {

struct LoopSettings {
  Mode mode{Mode::observe};
  Duration interval{std::chrono::seconds{5}};
  Duration journal_heartbeat{std::chrono::minutes{5}};
  /// Orphans younger than this are left alone: another controller may be about to own them.
  Duration reap_after{std::chrono::minutes{10}};
  Duration retention{std::chrono::hours{24 * 30}};
  /// On a stop: true drains and removes all burst groups first, false leaves them serving.
  bool drains_on_stop{false};
  Duration drain_on_stop_limit{std::chrono::minutes{10}};
};

/// Under which key the store keeps which balancers `workload` uses.
std::string kept_traffic_key(const std::string& workload);

/// Under which key the store keeps until when a person wants `workload` at none, as its instant.
std::string kept_drain_key(const std::string& workload);

/// A balancer that a workload does not use any more.
struct FormerTraffic {
  std::shared_ptr<Traffic> traffic{};
  /// Where it has what is ours: as in `Workload::traffic_places` or `traffic_entries`.
  std::vector<std::string> places{};
};

/// What one configuration gives the loop; swapped as a whole by a reload.
struct LoopConfig {
  LoopSettings settings{};
  std::shared_ptr<Sensors> sensors{};
  std::map<std::string, std::shared_ptr<const Workload>> workloads{};
  AllocatorSettings allocator{};
  /// By workload: balancers that an earlier run told about its groups, and that it does not use (or
  /// is not configured) any more. Read by `restore`; at a reload, by which configured workloads
  /// leave theirs by themselves, only what `wiring` alone can know of.
  std::map<std::string, std::vector<FormerTraffic>> former_traffic{};
};

class ControlLoop {
 public:
  struct Parts {
    boost::asio::io_context& context;
    io::Clock& clock;
    BurstProvider& provider;
    io::Prober& prober;
    Store& store;
    LoopObserver& observer;
    std::string owner;
    StandbyPools* standby{nullptr};   ///< null: nothing is kept warm
    GroupKeeper::PriceOf price_of{};  ///< of groups that no offer is for
  };

  ControlLoop(Parts parts, LoopConfig config);

  /// Takes over what an earlier run left in the store. Errors: those of the store; without its
  /// memory the loop must not act, so the caller ends the program.
  Result<void> restore();

  /// Ticks until `stop`; then ends what runs beside it, drains if the settings say so, and writes
  /// what is left to write.
  boost::asio::awaitable<void> run();

  /// One tick, for `spillway plan` and tests; `run` calls it. Call `end` after the last one.
  boost::asio::awaitable<void> tick();
  /// Ends what runs beside the ticks, and writes what is left to write; `run` calls it.
  boost::asio::awaitable<void> end();

  /// Asks `run` to end. Idempotent. A second call while draining ends the drain as well.
  void stop();
  /// The same, and nothing is drained, whatever the settings say.
  void leave();

  /// Replaces the configuration from the next tick on. Groups of workloads that are gone from it
  /// are drained, never forgotten.
  void reload(LoopConfig config);

  /// Prices have changed: offers cost what `Workload::price_of` says now, and nothing else changes.
  void reprice();

  /// Drains one burst group; the policies decide whether another one takes its place. Errors:
  /// not_found; denied in mode `observe`.
  Result<void> drain_group(const GroupId& id);
  /// Drains all burst groups of a workload and keeps it at none until `until`, also after a kill.
  /// Errors: not_found, denied; those of the store, where it drains and a restart would undo it.
  Result<void> drain_workload(const std::string& workload, TimePoint until);

  /// The picture of the last tick; null before the first.
  std::shared_ptr<const Status> status() const { return status_; }
  /// When the last tick ended; for readiness and the watchdog.
  std::optional<TimePoint> last_tick_at() const { return last_tick_at_; }

 private:
  static constexpr int traffic_rounds_after_the_last_group{12};

  struct Memory {
    History history{};
    History shadow_history{};
    ShadowRecord shadow_record{};
    std::optional<BasePool> base{};
    std::optional<DerivedReplica> derived{};    ///< as last taken over from the cluster
    std::shared_ptr<const Workload> trusted{};  ///< the last version whose template has settled
    std::string rejected_hash{};                ///< of a template that was taken back
    std::optional<double> usual_errors{};       ///< of the rolling update's signal, outside of one
    std::optional<TemplateMemory> recalled{};   ///< of an earlier run
    bool is_template_kept{false};               ///< the two above are in the store as they are
    std::optional<std::string> kept_traffic{};  ///< `traffic_text` as this run wrote it
    Spend spend{};
    std::optional<TimePoint> spend_read_at{};
    std::optional<TimePoint> drained_until{};
    int traffic_rounds_left{traffic_rounds_after_the_last_group};
    std::vector<SeenLoad> loads{};  ///< since the last journal entry
  };

  static void note_load(Memory& memory, const Snapshot& snapshot);

  boost::asio::awaitable<void> observe();
  boost::asio::awaitable<void> read_sensors(io::Deadline deadline);
  boost::asio::awaitable<void> read_work(io::Deadline deadline);
  boost::asio::awaitable<void> read_cluster(std::vector<std::shared_ptr<const Workload>> workloads,
                                            io::Deadline deadline);
  void follow_template(const Workload& workload, const Observation& seen);
  void apply_template(const std::string& workload);
  void watch_errors(const Workload& workload, const Snapshot& snapshot);
  void judge_template(const Workload& workload, const Snapshot& snapshot);
  void roll_back(const std::string& workload, std::string_view why);
  void keep_rejected_out(const std::string& workload);
  Result<void> recall_template(const std::string& workload);
  void trust_as_before(const std::string& workload);
  void keep_templates(StateBatch& changes);
  boost::asio::awaitable<void> refresh_listing();
  void refresh_usage(const Workload& workload, Memory& memory, bool has_groups);
  Snapshot snapshot_of(const Workload& workload, Memory& memory, bool has_groups);
  /// Once a minute for each region, and every 10 s where nothing fits any more. Only the first tick
  /// waits for them: it may be the only one.
  boost::asio::awaitable<void> refresh_quotas();
  boost::asio::awaitable<void> read_quota(Place place, Duration timeout);
  const StartTimes& start_times_in(const Place& place);
  std::optional<Standby> standby_of(const Workload& workload) const;
  /// Every offer with what is known about it now, best first.
  std::vector<Offer> ranked_offers(const Workload& workload, const Decision& decision,
                                   const Fleet& fleet, int create_tokens);
  std::optional<Offer> warm_offer(const Workload& workload, const Fleet& fleet) const;
  Duration latency_to(const Workload& workload, const Place& place) const;
  void limit_by_rate(Offer& offer) const;
  std::vector<GroupSize> claims_in(const Place& place) const;
  PlanLimits plan_limits(const Workload& workload) const;
  Tentative decide_one(std::shared_ptr<const Workload> workload, bool has_groups);
  std::optional<ShadowTick> shadow_tick(Tentative& tentative, const Snapshot& snapshot);
  Result<void> restore_shadow(const Workload& workload);
  Result<void> recall_rates();
  WorkloadStatus plan_one(Tentative tentative, StateBatch& batch,
                          std::vector<GroupRecord>& intents);
  void act(const std::vector<GroupRecord>& intents, const std::vector<Plan>& plans);
  void restore_traffic();
  void drain_unconfigured();
  void reconcile_traffic(const std::set<std::string>& busy);
  void leave_former_traffic(const Workload& before, const Workload& now);
  void keep_what_came_back(const Workload& now);
  void keep_traffic(StateBatch& changes);
  std::shared_ptr<const Workload> find_workload(const std::string& name) const;
  void write_changes();
  void prune();
  boost::asio::awaitable<void> sleep_until(TimePoint at);
  boost::asio::awaitable<void> drain_everything();

  Parts parts_;
  LoopConfig config_;
  io::TaskGroup beside_;   // listings, group operations, traffic
  io::TaskGroup waiting_;  // what the tick itself waits for
  GroupOperations operations_;
  GroupKeeper groups_;
  TrafficKeeper traffic_;
  StandbyKeeper standby_;
  VmKeeper machines_;
  Journalist journalist_;
  std::map<std::string, Memory> memories_{};
  std::map<std::string, Readings> readings_{};
  std::map<Place, StartTimes> start_times_{};
  Quotas quotas_{};
  std::map<Place, TimePoint> quotas_asked_{};
  TimePoint next_quota_round_{};
  bool is_listing_{false};
  bool has_listed_{false};
  bool is_listing_stale_{true};
  std::set<Place> unlisted_{};                              ///< where the last listing had holes
  std::map<Place, std::vector<GroupSize>> planned_here_{};  ///< creates of this tick, by region
  std::optional<Error> listing_trouble_{};
  std::optional<Error> store_trouble_{};
  std::shared_ptr<const Status> status_{};
  std::optional<TimePoint> last_tick_at_{};
  std::uint64_t tick_{0};
  int create_tokens_{0};  ///< left in this tick
  /// Out of the config, with groups or backends still to go.
  std::map<std::string, std::shared_ptr<const Workload>> retired_{};
  /// Who told what their workers have in hand, and goes on with it.
  std::map<std::string, std::shared_ptr<Sensors>> retired_sensors_{};
  TimePoint next_prune_{};
  int stops_{0};
  std::optional<TimePoint> stopping_since_{};  ///< drains everything before it ends
};

}  // namespace spillway
