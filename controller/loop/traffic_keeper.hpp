// Brings the balancers to what the groups' phases say: serving groups admitted, draining ones
// drained, all others out. One reconciliation per workload at a time, beside the tick; what fails
// is tried again at the next one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/io/task_group.hpp"
#include "controller/loop/loop_observer.hpp"
#include "controller/loop/workload.hpp"
#include "controller/traffic/reconcile.hpp"

namespace spillway {

/// What the balancers of a workload say about one of its groups, summed over them.
struct TrafficView {
  GroupId group{};
  std::optional<int> in_flight{};  ///< nothing: no balancer can count, or one did not answer
  bool is_withdrawn{false};        ///< no balancer sends it new requests
};

class TrafficKeeper {
 public:
  using Records = std::function<std::vector<GroupRecord>(const std::string& workload)>;
  using OnView = std::function<void(const TrafficView&)>;

  /// All must outlive the keeper and its tasks. `records` gives a workload's groups as they are
  /// when a reconciliation starts; `on_view` hears about each draining group when it ends.
  TrafficKeeper(io::Clock& clock, io::TaskGroup& tasks, LoopObserver& observer, Records records,
                OnView on_view);

  /// Starts a reconciliation of `workload`; if one is running, another follows it.
  void reconcile_soon(std::shared_ptr<const Workload> workload);

 private:
  struct Listing {
    std::optional<std::vector<ListedBackend>> backends{};  ///< nothing: it could not be listed
    bool can_count{true};
  };

  boost::asio::awaitable<void> run(std::shared_ptr<const Workload> workload);
  boost::asio::awaitable<void> reconcile_once(const Workload& workload);
  boost::asio::awaitable<Listing> bring_to(Traffic& traffic, std::string workload,
                                           std::vector<WantedBackend> wanted);

  io::Clock& clock_;
  io::TaskGroup& tasks_;
  LoopObserver& observer_;
  Records records_;
  OnView on_view_;
  std::map<std::string, bool> running_{};  ///< by workload; true: run again
};

/// What the balancers should have for these groups.
std::vector<WantedBackend> wanted_backends(const std::vector<GroupRecord>& groups, int weight);

}  // namespace spillway
