// Carries out the wish for VMs of decisions: looks at the machine pool of each workload, shows the
// extra machines in its fleet, and resizes the pool within its own limits. Decides nothing about
// how many there should be. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controller/core/decision.hpp"
#include "controller/core/fleet.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/task_group.hpp"
#include "controller/loop/loop_observer.hpp"
#include "controller/loop/status.hpp"
#include "controller/loop/workload.hpp"

namespace spillway {

class VmKeeper {
 public:
  /// All must outlive the keeper and its tasks.
  VmKeeper(io::Clock& clock, io::TaskGroup& tasks, LoopObserver& observer)
      : clock_{clock}, tasks_{tasks}, observer_{observer} {}

  /// Looks at the pool of `workload`, if it has one and a look is due.
  void look_soon(const std::shared_ptr<const Workload>& workload);

  /// Puts the extra machines into `fleet`, as last seen. Those beyond the base count as ready once
  /// they run; where the cluster counts their replicas as its own they are taken off there. All of
  /// them stay until two minutes before they may go: time for a burst to stand in for them.
  void show(const Workload& workload, Fleet& fleet) const;

  /// The pool as last seen, and what `decision` wishes for it; nothing if there is none.
  std::optional<MachinesStatus> status(const Workload& workload, const Decision& decision) const;

  /// Resizes the pool to what `decision`, made on `fleet`, wishes, if it is known how big it is.
  /// Growing is done at once, shrinking after `scale_in_after` and once all that is wanted serves
  /// elsewhere. A pool that a person made larger than `max` is left alone.
  void act(const std::shared_ptr<const Workload>& workload, const Decision& decision,
           const Fleet& fleet);

 private:
  struct Pool {
    std::optional<VmPoolState> state{};
    TimePoint seen_at{};
    TimePoint next_look{};
    TimePoint next_resize{};
    bool is_looking{false};
    bool is_resizing{false};
    std::optional<TimePoint> fewer_since{};
    int fewer{0};  ///< machines, as wished since then at last
  };

  bool is_known(const Pool& pool) const;
  Replicas staying(const Pool& pool, const VmPoolLimits& limits, Replicas ready) const;

  boost::asio::awaitable<void> look(std::shared_ptr<const Workload> workload);
  boost::asio::awaitable<void> resize(std::shared_ptr<const Workload> workload, int machines);

  io::Clock& clock_;
  io::TaskGroup& tasks_;
  LoopObserver& observer_;
  std::map<std::string, Pool> pools_{};  // by workload; a few bytes each, kept for good
};

}  // namespace spillway
