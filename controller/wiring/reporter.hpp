// Turns what the loop tells into metrics and log lines. Failures are logged on transition, failing
// and recovered, not once per tick; calls that are merely put off by kind, see throttle_log.hpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/loop/loop_observer.hpp"
#include "controller/wiring/throttle_log.hpp"
#include "metrics/exported/telemetry.hpp"

namespace spillway::wiring {

/// A journal entry was passed over, since nobody can read it.
void report_unreadable(exported::Telemetry& telemetry, const UnreadableEntry& entry);

class Reporter final : public LoopObserver {
 public:
  Reporter(exported::Telemetry& telemetry, io::Clock& clock, Store& store);

  void on_tick(const std::shared_ptr<const Status>& status, Duration took) override;
  void on_phase(const GroupRecord& group, GroupPhase before,
                std::optional<Because> because) override;
  void on_call(std::string_view call, const std::string& subject,
               const std::optional<Error>& error) override;
  void on_group_call(std::string_view call, const GroupRecord& group,
                     const std::optional<Error>& error) override;
  void on_orphan(const GroupId& group, std::string_view what_is_done) override;
  void on_rival(const GroupId& group) override;
  void on_platform_restart(const GroupRecord& group, Because because) override;
  void on_withdrawal_overdue(const GroupRecord& group) override;
  void on_probes_doubted(const std::string& where, bool is_doubted,
                         const ProbeCount& count) override;
  void on_standby(const std::string& workload, int wanted, const StandbyStock& stock) override;
  void on_machines(const std::string& workload, const VmPoolState& state) override;
  void on_quota(const Place& place, const std::vector<Usage>& rows) override;
  void on_template(const std::string& workload, const ReplicaTemplate& replica,
                   const std::vector<std::string>& left_out) override;
  void on_rollback(const std::string& workload, const std::string& rejected_hash,
                   std::string_view why) override;

 private:
  void log_call(std::string_view call, const std::string& subject,
                const std::optional<Error>& error);
  void log_decision(const WorkloadStatus& workload);
  void report_store(const Status& status);
  void report_groups(const Status& status);
  void report_leaving(const Status& status);

  struct Failing {
    TimePoint since{};
    int count{0};
    std::optional<Error> denial{};  ///< the last one
  };
  struct Last {
    Replicas desired{};
    Replicas burst{};
    Because because{Because::steady};
  };

  exported::Telemetry& telemetry_;
  io::Clock& clock_;
  Store& store_;
  std::map<std::string, Failing> failing_{};  ///< by call and, for lasting ones, subject
  ThrottleLog throttled_{};
  std::map<std::string, Last> decided_{};
  std::set<std::string> unhealthy_pools_{};  ///< by workload
  std::set<std::string> zero_quotas_{};      ///< place and row
  bool is_store_failing_{false};
  TimePoint next_rival_told_{};
  std::set<std::string> leaving_{};  ///< workloads that are not in the config, with groups
  TimePoint spend_month_{};          ///< of the last tick
  Money spent_before_{};             ///< in the months before it, as far as they were seen
  Money spent_this_month_{};
};

}  // namespace spillway::wiring
