// Keeps every burst group on its way: remembers it, feeds its lifecycle with events, and starts the
// operations that the lifecycle asks for, one at a time per group. No tick waits for an operation.
// Decides nothing about how many groups there should be.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/plan.hpp"
#include "controller/core/round_trips.hpp"
#include "controller/core/success_rates.hpp"
#include "controller/core/work_in_hand.hpp"
#include "controller/io/task_group.hpp"
#include "controller/loop/adoption.hpp"
#include "controller/loop/bill.hpp"
#include "controller/loop/breaker.hpp"
#include "controller/loop/group_operations.hpp"
#include "controller/loop/loop_observer.hpp"
#include "controller/loop/probe_doubts.hpp"
#include "controller/loop/removal_pause.hpp"
#include "controller/loop/traffic_view.hpp"
#include "controller/loop/workload.hpp"

namespace spillway {

class GroupKeeper {
 public:
  /// What a group of this place and size costs.
  using PriceOf = std::function<HourlyPrice(const Place&, const GroupSize&)>;

  /// Finds a workload by name; null if it is not configured any more.
  using FindWorkload = std::function<std::shared_ptr<const Workload>(const std::string&)>;

  /// A group of this workload was admitted to or withdrawn from traffic.
  using OnTrafficChanged = std::function<void(const std::string&)>;

  /// All must outlive the keeper, which must outlive the tasks it spawned.
  GroupKeeper(GroupOperations& operations, io::Clock& clock, io::TaskGroup& tasks,
              LoopObserver& observer, FindWorkload find_workload,
              OnTrafficChanged on_traffic_changed);

  /// Prices of groups that no offer is for; without it they are taken from the nearest offer.
  void set_price_of(PriceOf price_of) { price_of_ = std::move(price_of); }

  /// Mode `observe` looks, and neither creates, probes, admits, adopts nor removes.
  void set_acting(bool is_acting) { is_acting_ = is_acting; }

  /// Takes over what an earlier run left. An intent may or may not have been sent: it is looked up.
  void restore(std::vector<GroupRecord> records);

  /// Takes over what an earlier run learned about places, and when it last saw all its groups.
  /// Before `restore`. A refusal for want of rights or of an image is forgotten.
  void remember(std::string_view breakers, std::string_view success_rates,
                std::optional<TimePoint> listed_at);
  /// Until when an earlier run was at work, which may not have been able to write: in doubt its
  /// groups ran on, and were paid for, until then. Before `restore`.
  void remember_alive_until(std::optional<TimePoint> at) {
    alive_until_ = at.value_or(TimePoint{});
  }
  /// The templates that were refused, as an earlier run kept them.
  void remember_refused(std::string_view refused);
  /// How far the regions were, as an earlier run kept it.
  void remember_round_trips(std::string_view round_trips) {
    round_trips_ = RoundTrips::from_text(round_trips);
  }
  /// A person has changed something: what was refused is tried once more, removals included.
  void forgive();

  /// The records of the intents in `plan`, to be written before `start` sends them.
  std::vector<GroupRecord> intents(const Workload& workload, const Plan& plan, TimePoint now) const;
  /// Remembers the written intents, sends their creates, and drains and readmits as planned.
  void start(const std::vector<GroupRecord>& intents, const Plan& plan);

  /// Feeds a listing: events for recorded groups, adoption and reaping of the others. What is not
  /// in it stays as it is.
  void see_listing(const Listing& listing, const std::set<std::string>& workloads,
                   Duration reap_after);
  /// Feeds what the balancers say about a group that serves or drains.
  void see_traffic(const TrafficView& view);
  /// Feeds what the workers of measured workloads have in hand; nobody knows about those that are
  /// not in it.
  void see_work(const std::map<std::string, WorkInHand>& work);
  /// Checks limits in time and repeats what is due. Call once per tick.
  void tick();
  /// Drains one group, or removes it if it does not serve yet. False if there is no such group.
  /// `overridden`: a person wants it gone, so it is not taken back into traffic either.
  bool drain(const GroupId& id, Because because = Because::scale_in);

  /// Starts no operation any more; those under way are the caller's to cancel.
  void stop() { is_stopping_ = true; }

  /// `unlisted` are the places that the last listing says nothing about.
  std::vector<Group> groups(const std::string& workload, const std::set<Place>& unlisted) const;
  std::vector<GroupRecord> records(const std::string& workload) const;
  std::set<std::string> workloads_with_groups() const;
  std::size_t count() const { return tracked_.size(); }

  /// Records changed since the last call, closed ones included, and starts measured; for the store.
  StateBatch take_changes();
  /// Puts back what could not be written.
  void put_back(StateBatch batch);

  /// Why no group of `workload` may be created on `offer` now. `quota_read_at` is when the quota of
  /// its place was read: one that was read since a refusal, and has room, lifts it.
  std::optional<Because> closed_because(const std::string& workload, const Offer& offer,
                                        std::optional<TimePoint> quota_read_at) const;
  /// True if the next create on `offer` is the one try after a pause.
  bool is_half_open(const std::string& workload, const Offer& offer) const;
  /// The same for the workload as a whole: an image that could not be pulled.
  bool is_half_open(const std::string& workload) const;
  /// The refusal of the workload's template as it is now; null if there was none. It holds until
  /// template or secrets change, or `forgive`.
  const RefusedTemplate* refused_template(const std::string& workload) const;
  /// The sizes of our groups in a region (a place without zone) created at or after `since`.
  std::vector<GroupSize> created_since(const Place& region, TimePoint since) const;
  /// How many groups of this template never served, or stopped serving by their probe, since the
  /// start of the program; failures of a place do not count.
  int failures(const std::string& workload, const std::string& template_hash) const;
  /// Whether the workload's groups in the region of `place` fail their probes together, or did a
  /// short while ago.
  bool is_suspect(const std::string& workload, const Place& place) const;
  /// Share of the starts in `place` that come to serve.
  double success_rate(const Place& place) const;
  /// From here to the region, as its groups were probed; nothing if none ever was.
  std::optional<Duration> round_trip(const Place& place) const {
    return round_trips_.round_trip(place);
  }

 private:
  struct Tracked {
    GroupRecord record{};
    bool is_busy{false};
    bool is_removal_waiting{false};  ///< asked for while another operation ran
    bool is_changed{false};
    bool is_warm{false};  ///< taken from a standby pool
    bool is_removal_sent{false};
    RemovalPause removal_pause{};
    BillNotes bill{};
    int failed_probes{0};
    bool has_passed{false};  ///< a probe, in this run of the program
    int lost_answers{0};
    TimePoint next_create{};  ///< not before, after lost answers
    bool may_return{true};
    TimePoint next_probe{};
    TimePoint next_call{};     ///< not before: the provider said when to try again
    TimePoint next_removal{};  ///< the same as said to a removal, for which look-ups do not speak
    std::optional<int> in_flight{};
    bool has_traffic{true};          ///< false: no balancer takes it
    bool is_withdrawal_told{false};  ///< that it is overdue
    bool is_listed_pending{false};   ///< the last listing says it is still being provisioned
    bool is_unlisted{false};         ///< the last listing, a whole one, does not show it
  };

  void handle(Tracked& tracked, GroupEvent event);
  void apply(Tracked& tracked, const Step& step);
  void enter_phase(Tracked& tracked, GroupPhase before, std::optional<Because> because);
  bool refresh_template(Tracked& tracked);
  void ask_whether_idle();
  bool says_itself(const GroupRecord& record) const;
  bool is_measured(const GroupRecord& record) const;
  void learn_idle(Tracked& tracked, const OperationResult& result);
  bool is_put_off(const Tracked& tracked) const;
  bool is_removal_paused(const Tracked& tracked, Do action) const;
  void note_removal(Tracked& tracked, const OperationResult& result, Do action);
  void tell_of_withdrawal(Tracked& tracked);
  void learn_distance(const Place& place, Duration probe);
  void learn_probe(Tracked& tracked, const OperationResult& result);
  ProbeCount count_probes(const std::string& scope, const ProbeSettings& probe) const;
  int count_replaced(const std::string& workload, const std::string& scope) const;
  bool may_be_of_region(const GroupRecord& record) const;
  bool is_doubted(const Tracked& tracked) const;
  bool is_believed(Tracked& tracked, const ProbeSettings& probe);
  void note_passed(const Tracked& tracked, const ProbeSettings& probe);
  void perform(Tracked& tracked, Do action);
  boost::asio::awaitable<void> operate(GroupId id, Do action);
  boost::asio::awaitable<OperationResult> run(const Tracked& tracked, Do action,
                                              std::shared_ptr<const Workload> workload);
  void learn(Tracked& tracked, const OperationResult& result, Do action);
  void note_try(const GroupRecord& record);
  void note_service(const GroupRecord& record);
  void note_failure(const GroupRecord& record);
  void note_eviction(const GroupRecord& record);
  void note_refusal(const GroupRecord& record, Errc kind, const std::string& words);
  std::string version_of(const std::string& workload) const;
  std::string current_image_key(const std::string& workload) const;
  std::string refused_text() const;
  void adopt(const ProviderGroup& group);
  void note_made(const GroupId& group);
  bool is_of_rival(const ProviderGroup& group) const;
  HourlyPrice price_of(const ProviderGroup& group, const Workload* workload) const;
  void forget_closed();
  Tracked* find(const GroupId& id);
  LifecycleLimits limits_of(const GroupRecord& record) const;

  GroupOperations& operations_;
  io::Clock& clock_;
  io::TaskGroup& tasks_;
  LoopObserver& observer_;
  FindWorkload find_workload_;
  PriceOf price_of_{};
  OnTrafficChanged on_traffic_changed_;
  bool is_acting_{false};
  bool is_stopping_{false};
  std::map<std::pair<std::string, std::string>, int> template_failures_{};  ///< by workload, hash
  std::map<Place, TimePoint> put_off_until_{};  ///< creates there, as the provider said
  Breakers breakers_{};
  std::map<std::string, RefusedTemplate> refused_{};  ///< by workload
  ProbeDoubts probe_doubts_{};
  SuccessRates success_rates_{};
  RoundTrips round_trips_{};
  std::map<GroupId, Tracked> tracked_{};
  std::map<GroupId, TimePoint> closed_{};  ///< recently: listings may still show them
  StateBatch changes_{};
  bool has_learned_{false};               ///< about places, since the last `take_changes`
  std::optional<TimePoint> listed_at_{};  ///< the last complete listing
  TimePoint kept_listing_{};              ///< the one that the store has
  TimePoint alive_until_{};               ///< an earlier run
  std::set<GroupId> made_{};              ///< by this controller, since `makes_since_`
  TimePoint makes_since_;
};

/// Under which keys the store keeps what was learned.
inline constexpr std::string_view kept_breakers{"breakers"};
inline constexpr std::string_view kept_success_rates{"success_rates"};
inline constexpr std::string_view kept_round_trips{"round_trips"};
inline constexpr std::string_view kept_listing{"last_listing"};
inline constexpr std::string_view kept_refused{"refused_templates"};

}  // namespace spillway
