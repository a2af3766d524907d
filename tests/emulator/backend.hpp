// What runs behind a container group: nothing at all (simulated) or real processes.
// The world calls it; the ends of containers come back through the observer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/group.hpp"
#include "tests/emulator/terminal.hpp"

namespace spillway::emulator {

/// One start of one container.
struct RunId {
  std::string group;  ///< the group's key
  std::size_t container{0};
  std::uint64_t run{0};
};

/// What `exec` asks for: one program on a terminal of this size.
struct ExecRequest {
  std::string command{};
  int rows{24};
  int columns{80};
};

class Backend {
 public:
  virtual ~Backend() = default;

  /// Whether such a group can run here at all: a PUT is refused with this error otherwise.
  virtual std::optional<ArmError> refuses(const Group& group) const = 0;

  /// True if nothing else on this machine uses `address` with the group's ports.
  virtual bool is_free(const std::string& address, const Group& group) const = 0;

  /// Starts container `run.container` of `group`, replacing an older run of it.
  /// Simulated containers that end by themselves return after how long; real ones tell `on_exit`.
  virtual std::optional<Duration> start(const RunId& run, const Group& group, TimePoint now) = 0;

  /// Ends all containers of the group: with SIGTERM and a grace, or at once. Idempotent.
  virtual void stop(const std::string& group, bool politely) = 0;

  /// Kills one container as if it had crashed. False if the world must play the exit itself.
  virtual bool crash(const std::string& group, std::size_t container) = 0;

  /// The last `tail` lines (all if nothing) of what the container wrote in its current or last run.
  virtual std::string logs(const std::string& group, std::size_t container,
                           std::optional<std::size_t> tail, bool timestamps) const = 0;

  /// A terminal in a running container, or why there is none.
  virtual Outcome<std::shared_ptr<Terminal>> exec(const Group& group, std::size_t container,
                                                  const ExecRequest& request) = 0;

  /// Forgets the group and its logs. Idempotent.
  virtual void forget(const std::string& group) = 0;

  /// Real containers end through this: run and exit code.
  std::function<void(const RunId&, int exit_code)> on_exit;
};

}  // namespace spillway::emulator
