// The calls to the outside that a group's lifecycle asks for, each turned into the event that its
// answer means. Keeps no state: what to call when is group_keeper.hpp's business.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "controller/core/group_lifecycle.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/probe.hpp"
#include "controller/loop/workload.hpp"
#include "controller/provider/burst_provider.hpp"
#include "controller/state/store.hpp"

namespace spillway {

/// What an operation found out. No event: nothing is known that was not known before.
struct OperationResult {
  std::optional<GroupEvent> event{};
  std::optional<ProviderGroup> seen{};
  std::optional<Error> error{};
  std::optional<Duration> took{};  ///< of a probe that a replica answered
};

class GroupOperations {
 public:
  /// All must outlive the operations. `owner` is the tag that marks our groups.
  GroupOperations(BurstProvider& provider, io::Prober& prober, io::Clock& clock, std::string owner);

  /// Sends the create under the journalled name.
  boost::asio::awaitable<OperationResult> create(GroupRecord group, const Workload& workload);
  /// Asks for the group by name.
  boost::asio::awaitable<OperationResult> look_up(GroupRecord group);
  /// Runs our probe at or after `at`; an error carries no event, as only the keeper counts
  /// failures. A group without an address is looked up instead.
  boost::asio::awaitable<OperationResult> probe(GroupRecord group, ProbeSettings settings,
                                                TimePoint at);
  /// Sends the delete.
  boost::asio::awaitable<OperationResult> remove(GroupRecord group);

 private:
  BurstProvider& provider_;
  io::Prober& prober_;
  io::Clock& clock_;
  std::string owner_;
};

/// The event that a failed create means. A lost answer is not a refusal.
GroupEvent create_event(Errc code);

}  // namespace spillway
