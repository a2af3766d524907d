// The two elastic pools of the simulated world, in whole seconds since its start: burst replicas
// that start after a random time, may fail, and are limited by quotas, or are taken from those on
// standby; and extra machines. What exists is billed, ready or not: the simulation counts it every
// second.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "controller/backtest/random.hpp"
#include "controller/backtest/world.hpp"

namespace spillway::backtest {

/// Something that was asked for at one second and is there, or fails, at another.
struct Starting {
  std::int64_t ready_at{0};
  bool fails{false};
};

class BurstPool {
 public:
  BurstPool(const BurstWorld& world, Dice dice)
      : world_{world}, dice_{dice}, standby_{world.standby} {}

  /// Towards `wanted`, ready and starting together, as far as quotas allow. Those that leave are
  /// the newest that have not started, then ready ones; they are billed until `now`.
  void want(int wanted, std::int64_t now);

  /// What became ready or failed until `now`; true if anything did. Call it for every second in
  /// turn.
  bool advance(std::int64_t now) {
    if (now < next_event_) return false;
    happen(now);
    return true;
  }

  int ready() const { return ready_; }
  int starting() const { return static_cast<int>(starting_.size()); }
  int standby_ready() const { return standby_; }
  int standby_starting() const { return static_cast<int>(refills_.size()); }
  std::int64_t creates() const { return creates_; }
  std::int64_t failures() const { return failures_; }

 private:
  void happen(std::int64_t now);
  void create(int count, std::int64_t now);
  Starting cold_start(std::int64_t now);

  BurstWorld world_;
  Dice dice_;
  int ready_{0};
  std::vector<Starting> starting_{};  ///< in the order of their creation
  int standby_{0};                    ///< ready to be taken
  std::vector<Starting> refills_{};   ///< by the provider, which counts them against no quota
  std::int64_t starts_{0};            ///< cold ones, whose times and failures are drawn
  std::int64_t next_event_{INT64_MAX};
  std::deque<std::int64_t> recent_creates_{};  ///< of the last hour, one entry each
  std::int64_t creates_{0};
  std::int64_t failures_{0};
};

/// Counts machines, not replicas.
class MachinePool {
 public:
  MachinePool(const ClusterWorld& world, Dice dice, int ready = 0)
      : world_{world}, dice_{dice}, ready_{ready} {}

  void want(int wanted, std::int64_t now);
  bool advance(std::int64_t now) {
    if (now < next_event_) return false;
    happen(now);
    return true;
  }

  int ready() const { return ready_; }
  int starting() const { return static_cast<int>(starting_.size()); }
  std::int64_t creates() const { return creates_; }

 private:
  void happen(std::int64_t now);

  ClusterWorld world_;
  Dice dice_;
  int ready_;
  std::vector<Starting> starting_{};
  std::int64_t next_event_{INT64_MAX};
  std::int64_t creates_{0};
};

}  // namespace spillway::backtest
