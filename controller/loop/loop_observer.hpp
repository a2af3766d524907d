// Who wants to know what the loop does: metrics, the log, the live event stream. Calls come on the
// loop's thread, must return at once, and change nothing.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "controller/core/because.hpp"
#include "controller/core/error.hpp"
#include "controller/core/group.hpp"
#include "controller/core/replica_template.hpp"
#include "controller/loop/probe_doubts.hpp"
#include "controller/loop/status.hpp"
#include "controller/provider/burst_provider.hpp"
#include "controller/provider/standby_pools.hpp"
#include "controller/provider/vm_pool.hpp"
#include "controller/state/store.hpp"

namespace spillway {

class LoopObserver {
 public:
  virtual ~LoopObserver() = default;

  /// A tick ended; `status` is what the API shows from now on.
  virtual void on_tick(const std::shared_ptr<const Status>& status, Duration took) = 0;
  /// A group went from one phase to another.
  virtual void on_phase(const GroupRecord& group, GroupPhase before,
                        std::optional<Because> because) = 0;
  /// A call to the outside ended: `create`, `get`, `list`, `remove`, `probe`, `admit`, ...
  virtual void on_call(std::string_view call, const std::string& subject,
                       const std::optional<Error>& error) = 0;
  /// The same for a call about one group, whose place says whose rate it counts against.
  virtual void on_group_call(std::string_view call, const GroupRecord& group,
                             const std::optional<Error>& error) {
    on_call(call, group.id.name, error);
  }
  /// A group that is ours by tag and stands in no record was found.
  virtual void on_orphan(const GroupId& group, std::string_view what_is_done) = 0;

  /// Such a group that was made while this controller ran, and not by it: somebody else creates
  /// under the same owner.
  virtual void on_rival(const GroupId& /*group*/) {}
  /// The platform evicted a Spot group, started a group anew, moved it to another address, or it
  /// was taken away.
  virtual void on_platform_restart(const GroupRecord&, Because) {}
  /// A group that is to leave cannot be deleted, since a balancer has not confirmed that it sends
  /// nothing there any more. Once for each drain.
  virtual void on_withdrawal_overdue(const GroupRecord&) {}
  /// Most groups of a workload in a region (`where`) have begun to fail their probes together and
  /// are kept, or that is over.
  virtual void on_probes_doubted(const std::string& /*where*/, bool /*is_doubted*/,
                                 const ProbeCount&) {}
  /// A standby pool was looked at, of which `wanted` members shall be ready.
  virtual void on_standby(const std::string& /*workload*/, int /*wanted*/, const StandbyStock&) {}
  /// A pool of machines was looked at.
  virtual void on_machines(const std::string& /*workload*/, const VmPoolState&) {}
  /// What a place allows was read.
  virtual void on_quota(const Place&, const std::vector<Usage>&) {}
  /// The cluster describes the replicas of a workload for the first time or anew: `replica` is what
  /// new groups are created from, `left_out` what they cannot have, with the reasons.
  virtual void on_template(const std::string& workload, const ReplicaTemplate& replica,
                           const std::vector<std::string>& left_out) = 0;
  /// A new template failed: new groups have the one before it again, until the template changes.
  virtual void on_rollback(const std::string& workload, const std::string& rejected_hash,
                           std::string_view why) = 0;
};

}  // namespace spillway
