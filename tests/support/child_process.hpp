// Real programs in tests: find one, start it, see what it prints, and be sure that it is gone when
// the test ends, even if the test crashes. Also a scratch directory and a free loopback port.
// Start children from the main thread: the kernel ties their life to the thread that made them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spillway::testing {

/// The path of `program` in PATH (and /usr/sbin, where Debian keeps servers); nothing if absent.
std::optional<std::string> find_program(std::string_view program);

/// A loopback TCP port that nobody listens on, no other test on this machine is given while this
/// process lives, and the kernel gives to nobody who asks for port 0. For programs that cannot tell
/// which port they got; HAProxy, for one, shares a port with another HAProxy without a word.
std::uint16_t free_port();

/// Asks `holds` every few milliseconds until it says yes (true) or `limit` has passed (false). For
/// the readiness of real programs; anything else belongs into virtual time.
bool wait_until(const std::function<bool()>& holds,
                std::chrono::milliseconds limit = std::chrono::seconds{20});

/// A new empty directory below /tmp, removed with its content.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  const std::filesystem::path& path() const { return path_; }

  /// Writes `text` into the file `name` here and returns its path.
  std::string write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

struct ChildOptions {
  std::vector<std::pair<std::string, std::string>> environment{};  ///< added to ours
  std::string directory{};  ///< working directory; empty: ours
};

/// A running program in a process group of its own.
class ChildProcess {
 public:
  using Options = ChildOptions;

  /// Starts `command` (program and arguments; a program without '/' is searched in PATH). Throws
  /// std::runtime_error if it cannot be started.
  explicit ChildProcess(std::vector<std::string> command, Options options = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills the whole process group at once and waits for the child.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  bool is_running();
  /// 0 to 255, or 128 + signal as a shell says it; nothing while it runs.
  std::optional<int> exit_code();

  /// What it has written so far.
  std::string standard_output() const;
  std::string standard_error() const;

  /// Sends a signal to the child alone; nothing happens if it has ended.
  void send_signal(int number);

  /// Waits for its end; false if it still runs after `limit`.
  bool wait_for_exit(std::chrono::milliseconds limit = std::chrono::seconds{20});
  /// SIGTERM, and SIGKILL to the group after `grace`. Returns the exit code.
  int stop(std::chrono::milliseconds grace = std::chrono::seconds{10});

 private:
  void kill_group();

  int output_;  // anonymous files rather than pipes: a chatty child never blocks on a slow test
  int error_;
  pid_t pid_{-1};
  std::optional<int> exit_code_{};
};

}  // namespace spillway::testing
