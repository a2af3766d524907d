// A container group as the emulator keeps it: the definition as the client may read it back, the
// few fields behaviour depends on, and the state of each container.
// Values only; lifecycle.hpp says how they change, group_json.hpp how they are shown.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway::emulator {

/// One line of a container's or group's history, repeated ones counted.
struct GroupEvent {
  std::string name;  ///< Pulling, Pulled, Created, Started, Failed, BackOff, Killing...
  std::string message;
  bool warning{false};
  TimePoint first{};
  TimePoint last{};
  int count{1};
};

/// Notes `name` at `now`; the same event with the same message again only raises its count.
void note_event(std::vector<GroupEvent>& events, std::string name, std::string message,
                TimePoint now, bool warning = false);

struct ContainerState {
  enum class Kind { waiting, running, terminated };
  Kind kind{Kind::waiting};
  std::optional<TimePoint> started{};
  std::optional<TimePoint> finished{};
  int exit_code{0};
  std::string detail{};  ///< Completed, Error, CrashLoopBackOff...
};

struct Container {
  std::string name;
  std::string image;
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> environment;  ///< secure values included
  double cpu{0};
  double memory_gb{0};
  std::vector<int> ports;

  ContainerState current{};
  std::optional<ContainerState> previous{};
  int restart_count{0};
  int failures{0};       ///< starts in a row that did not last, for the back-off
  std::uint64_t run{0};  ///< which start this is: tells late exits of older runs apart
  std::vector<GroupEvent> events{};
};

enum class RestartPolicy { always, on_failure, never };

/// Where a group is in its life.
///
///   pending -> creating -> provisioned <-> stopped
///      |          |            |
///      |          +-> failed   +-> repairing -> provisioned   (moved or evicted by the platform)
///      +------------------------------> deleting -> (gone)
enum class Phase { pending, creating, provisioned, stopped, failed, repairing, deleting };

struct Group {
  std::string subscription;
  std::string resource_group;
  std::string name;
  std::string region;                ///< normalised: `eastus`
  boost::json::object definition{};  ///< location, tags, zones, identity, properties; no secrets

  std::vector<Container> containers{};
  RestartPolicy restart_policy{RestartPolicy::always};
  bool spot{false};
  bool confidential{false};
  bool dedicated{false};
  bool wants_address{false};
  bool from_standby_pool{false};
  double cpu{1};             ///< of the group: sum of the requests, at least 1
  double memory_gb{1};       ///< likewise
  std::vector<int> ports{};  ///< exposed by the group

  Phase phase{Phase::pending};
  std::uint64_t generation{0};  ///< raised by each operation: tells late events of older ones apart
  std::string operation{};      ///< id of the operation in progress; empty if none
  std::string address{};        ///< empty until the group is being created
  TimePoint created{};
  TimePoint changed{};  ///< by the client's last write
  std::optional<TimePoint> billed_since{};
  std::vector<GroupEvent> events{};
};

/// The ARM id; parts in the case in which they were created.
std::string resource_id(const Group& group);

/// `resource_id` in lower case: how groups are told apart.
std::string group_key(std::string_view subscription, std::string_view resource_group,
                      std::string_view name);

/// True while an operation runs: nothing else may be done to the group.
bool in_transition(const Group& group);

/// `instanceView.state`: Pending, Running, Stopped, Succeeded, Failed or Repairing.
std::string instance_state(const Group& group);

/// `properties.provisioningState`.
std::string provisioning_state(const Group& group);

/// Every container has ended and will not be started again.
bool all_ended(const Group& group);

}  // namespace spillway::emulator
