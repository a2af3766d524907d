// Brings the balancers to what the groups' phases say: serving groups admitted, draining ones
// drained, all others out. One line to each balancer of a workload, and one reconciliation on it at
// a time, beside the tick: a balancer that hangs holds up no other one. What fails is tried again
// at the next one. What the balancers say is put together anew whenever one of them has answered.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/io/task_group.hpp"
#include "controller/loop/loop_observer.hpp"
#include "controller/loop/traffic_view.hpp"
#include "controller/loop/workload.hpp"
#include "controller/traffic/reconcile.hpp"

namespace spillway {

class TrafficKeeper {
 public:
  using Records = std::function<std::vector<GroupRecord>(const std::string& workload)>;
  using OnView = std::function<void(const TrafficView&)>;
  using IsInUse = std::function<bool(const std::vector<std::string>& places)>;

  /// All must outlive the keeper and its tasks. `records` gives a workload's groups as they are at
  /// that moment; `on_view` hears about each draining and each serving group whenever a balancer
  /// has answered.
  TrafficKeeper(io::Clock& clock, io::TaskGroup& tasks, LoopObserver& observer, Records records,
                OnView on_view);

  /// Starts a reconciliation of `workload` on each of its balancers; where one is running, another
  /// follows it. Balancers that the workload had before and has no more are dropped, unless they
  /// are to be left in order.
  void reconcile_soon(std::shared_ptr<const Workload> workload);

  /// The workload does not use `traffic` any more: what it has of ours is taken out, once it has no
  /// requests in flight where it can count. Until then it belongs to the workload's balancers.
  /// `places` tell where that is, for `stop_leaving`.
  void leave(const std::string& workload, std::shared_ptr<Traffic> traffic,
             std::vector<std::string> places);

  /// Those that are being left and whose places are in use again are left no longer: what they have
  /// of ours stays. A call that is under way may still come to its end. Idempotent.
  void stop_leaving(const std::string& workload, const IsInUse& is_in_use);

  /// A balancer that the workload has left still has something of ours, or does not answer.
  bool is_leaving(const std::string& workload) const;

  /// A balancer that the workload uses, or one of its processes, did not answer when last asked,
  /// and has not answered for less than `limit`: what is silent for longer is not waited for.
  bool is_unknown(const std::string& workload, Duration limit) const;

  /// How many groups of `workload` its balancers take, as learned from a refusal: nothing if there
  /// was none. One more than that after a while, so that new room is found.
  std::optional<int> slots(const std::string& workload) const;

  /// Forgets a workload that has no balancer any more to be asked.
  void forget(const std::string& workload);

 private:
  struct Listing {
    std::optional<std::vector<ListedBackend>> backends{};  ///< nothing: it could not be listed
    TimePoint began{};
    bool can_count{true};
    bool is_whole{true};
    std::set<GroupId> refused{};  ///< it takes them neither now nor after another try
  };

  /// One balancer of one workload.
  struct Line {
    std::shared_ptr<Traffic> traffic{};
    int weight{100};
    bool is_running{false};
    bool is_asked_again{false};
    std::optional<TimePoint> left_at{};       ///< set: everything of ours is to go
    std::vector<std::string> places{};        ///< of one that is left
    bool is_dropped{false};                   ///< its task, if one is running, changes nothing more
    std::optional<Listing> seen{};            ///< nothing: not asked yet
    std::optional<TimePoint> silent_since{};  ///< it, or one of its processes
    std::optional<int> slots{};
    TimePoint slots_seen_at{};
  };
  using Lines = std::vector<std::shared_ptr<Line>>;

  void start(const std::string& workload, const std::shared_ptr<Line>& line);
  boost::asio::awaitable<void> run(std::string workload, std::shared_ptr<Line> line);
  boost::asio::awaitable<Listing> bring_to_wanted(std::string workload, std::shared_ptr<Line> line);
  void learn(Line& line, Listing listing) const;
  boost::asio::awaitable<void> show_soon(std::string workload);
  void show(const std::string& workload);
  TrafficView view_of(const Lines& lines, const GroupRecord& group) const;

  io::Clock& clock_;
  io::TaskGroup& tasks_;
  LoopObserver& observer_;
  Records records_;
  OnView on_view_;
  std::map<std::string, Lines> lines_{};  ///< by workload
};

/// What the balancers should have for these groups.
std::vector<WantedBackend> wanted_backends(const std::vector<GroupRecord>& groups, int weight);

}  // namespace spillway
