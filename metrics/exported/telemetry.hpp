// What Spillway tells Prometheus about itself: typed calls in, the text format out. The families
// are declared in families.hpp. No HTTP here, no clock, no decisions; one thread, the loop's.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/because.hpp"
#include "controller/core/decision.hpp"
#include "controller/core/error.hpp"
#include "controller/core/group.hpp"
#include "controller/core/plan.hpp"
#include "controller/core/snapshot.hpp"
#include "metrics/judge.hpp"
#include "metrics/source_health.hpp"

namespace spillway::exported {

class Telemetry {
 public:
  explicit Telemetry(const std::string& version);
  ~Telemetry();

  void mode(bool is_acting);

  /// A tick ended at `at` after `took`; complete if the fleet was listed and state was written.
  void tick_finished(TimePoint at, Duration took, bool is_complete);

  /// One workload's tick. Keeps a row for it until `forget_workloads_except`.
  void decided(const Snapshot& snapshot, const Decision& decision);
  /// Drops the rows of workloads that the config names no more; `workloads` are sorted.
  void forget_workloads_except(std::span<const std::string> workloads);
  /// Drops what is set again with the next tick or examination, as far as the config still has it:
  /// quotas of places, standby pools, machines. After a reload.
  void forget_what_is_told_again();

  /// What all plans of a tick withheld.
  void withheld(std::span<const Withheld> all);

  /// All burst groups there are.
  void groups(std::span<const Group> all);
  void group_entered(GroupPhase phase);
  void group_started(const Place& place, Duration after);
  void orphan_found();
  void rival_seen();
  void entry_unreadable();
  /// A call to the outside ended: `create`, `list`, `probe`, ... An unknown name counts as `other`.
  void call(std::string_view name, const std::optional<Error>& error);
  void create_tokens(int left);
  void platform_restart(const Place& place, Because because);
  void quota_limit(const Place& place, const std::string& row, int limit);
  void standby(const std::string& workload, int wanted, int running, int creating);
  void machines(const std::string& workload, int capacity, int ready);

  /// After each read of the sources.
  void sources(std::span<const SourceHealth> all);
  /// How many readings had which doubt, by the position in `all_doubts`.
  void readings(const std::array<std::size_t, all_doubts.size()>& doubts);

  /// The ledger's total since its beginning, and the price of what runs now.
  void spend(Money total, HourlyPrice rate);

  void reloaded(TimePoint at, bool is_ok);

  /// The page for /metrics, in Prometheus' text format (`text/plain; version=0.0.4`).
  std::string exposition() const;

 private:
  struct State;
  std::unique_ptr<State> state_;  // keeps prometheus-cpp out of everybody's includes
};

}  // namespace spillway::exported
