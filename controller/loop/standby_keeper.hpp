// Keeps the standby pools of all workloads as their settings or their history want them, knows
// their stock for the plan, and writes their bill. One pool per workload: in its first regular
// offer, so that a cold group of the same place and size stands in when the pool is empty. Takes no
// member itself: the provider's create does. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/io/task_group.hpp"
#include "controller/loop/loop_observer.hpp"
#include "controller/loop/status.hpp"
#include "controller/loop/workload.hpp"
#include "controller/provider/standby_pools.hpp"
#include "controller/state/store.hpp"

namespace spillway {

/// True for the record that bills a pool's members: it is no group.
bool is_standby_bill(const GroupRecord& record);
/// True for such a record whose number of members was another later, or whose pool was removed as
/// ordered; the last one of a pool that is there has not ended.
bool is_ended_standby(const GroupRecord& record);

/// Whether a workload with these settings has a pool at all.
bool wants_standby(const StandbySettings& settings);

class StandbyKeeper {
 public:
  using Workloads = std::map<std::string, std::shared_ptr<const Workload>>;

  /// `pools` may be null: then nothing is kept. All must outlive the keeper and its tasks.
  StandbyKeeper(StandbyPools* pools, Store& store, io::Clock& clock, io::TaskGroup& tasks,
                LoopObserver& observer)
      : pools_{pools}, store_{store}, clock_{clock}, tasks_{tasks}, observer_{observer} {}

  /// Starts what is due: looks at stocks, changes sizes, removes pools nobody wants. Call once per
  /// tick in mode `act`. `drains`: every pool is emptied.
  void tick(const Workloads& workloads, bool drains);

  /// Members that can be taken now for `offer` of `workload`, as far as is known.
  int stock(const std::string& workload, const Offer& offer) const;
  /// `count` groups are created on `offer`: so many members fewer.
  void note_creates(const std::string& workload, const Offer& offer, int count);

  /// The pool of `workload` as last seen; nothing if none is kept.
  std::optional<StandbyStatus> status(const std::string& workload) const;

  /// True once every pool has gone, for a stop that drains.
  bool is_empty() const;

  /// What the pools have cost since the last call, as closed records.
  std::vector<GroupRecord> take_bills();

 private:
  struct Pool {
    StandbyOrder order{};
    HourlyPrice price{};  ///< of one member
    StandbyStock stock{};
    std::optional<TimePoint> looked_at{};
    TimePoint next_look{};
    TimePoint next_sizing{};
    bool is_busy{false};
    int wanted{0};
    bool has_size{false};  ///< `wanted` is known: until then nothing is written or removed
    std::optional<GroupRecord> bill{};
    bool has_read_bill{false};
  };

  void keep(const Workload& workload, bool drains);
  std::optional<int> wanted_size(const Workload& workload, Pool& pool);
  void bill(Pool& pool, const std::string& workload, TimePoint now);
  boost::asio::awaitable<void> look(std::string workload);
  boost::asio::awaitable<void> remove_others();
  /// `was_any_there`: the sweep has removed pools just now.
  void end_left_bills(bool was_any_there);

  StandbyPools* pools_;
  Store& store_;
  io::Clock& clock_;
  io::TaskGroup& tasks_;
  LoopObserver& observer_;
  std::map<std::string, Pool> pools_of_{};  // by workload
  std::vector<GroupRecord> bills_{};
  TimePoint next_sweep_{};
  bool is_sweeping_{false};
  bool has_ended_left_bills_{false};  ///< once in a run
};

}  // namespace spillway
