// The life of a container group as a pure state machine over emulator time: an event goes in, the
// group changes, and what the world must do comes out as effects. No clock, no queue, no process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/emulator/group.hpp"

namespace spillway::emulator {

enum class Signal {
  node_ready,        ///< a host was found: address, pull, and billing begin
  images_pulled,     ///< the containers can start
  start_failed,      ///< the plan said that this start fails
  gave_up,           ///< the service's own limit on a start (30 minutes) is over
  container_exited,  ///< told by the backend
  container_due,     ///< the back-off before a restart is over
  removed,           ///< the deletion is complete
};

struct Event {
  Signal signal{Signal::node_ready};
  std::uint64_t generation{0};
  std::size_t container{0};
  std::uint64_t run{0};
  int exit_code{0};
  std::string text{};  ///< start_failed: the reason
};

enum class Do {
  schedule,      ///< put `event` on the queue at `at`
  take_address,  ///< give the group an address if it wants one and has none
  release_address,
  start_container,  ///< `container`; its exit comes back as container_exited
  stop_containers,  ///< politely: SIGTERM, later SIGKILL
  kill_containers,  ///< at once
  bill_from_now,
  bill_until_now,
  operation_succeeded,
  operation_failed,  ///< with `text` as the reason
  remove_group,
};

struct Effect {
  Do what{Do::schedule};
  TimePoint at{};
  Event event{};
  std::size_t container{0};
  std::string text{};
};
using Effects = std::vector<Effect>;

/// How one start will go; drawn by the world, so that the machine itself needs no chance.
struct StartPlan {
  Duration until_node{};    ///< from now until a host is found
  Duration until_pulled{};  ///< from then until all images are there
  Duration give_up_after{std::chrono::minutes{30}};
  bool stuck{false};                         ///< nothing more happens until the service gives up
  std::string failure{};                     ///< not empty: the start fails with this message
  std::optional<Duration> recovers_after{};  ///< a failed start that succeeds later by itself
  bool new_address{false};
  Phase during{Phase::pending};  ///< `repairing` when the platform moves the group
};

/// Starts (creates, updates, starts, restarts or moves) `group` as one new operation.
Effects begin_start(Group& group, const StartPlan& plan, TimePoint now);

/// Stops the containers: nothing is kept, billing ends, the group stays.
Effects begin_stop(Group& group, TimePoint now);

/// Deletes the group; `takes` from now, or never if it is stuck (nothing).
Effects begin_delete(Group& group, std::optional<Duration> takes, TimePoint now);

/// Applies one event. An event of an older generation or run changes nothing.
Effects step(Group& group, const Event& event, TimePoint now);

}  // namespace spillway::emulator
