// A copy of the test process that does something of its own and is killed at will. It talks to the
// test through a pipe, one integer at a time; its reading ends when it is gone.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

namespace spillway::testing {

class Forked {
 public:
  /// Runs `body` in a child, which ends without destructors once it returns. `tell` sends a number.
  explicit Forked(const std::function<void(const std::function<void(int)>& tell)>& body);
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;
  ~Forked();

  pid_t pid() const { return pid_; }

  /// The next number; nothing once the child is gone and everything it sent has been read.
  std::optional<int> next();

  /// SIGKILL, and waits until the kernel has let go of its files and locks.
  void kill();

 private:
  int pipe_{-1};
  pid_t pid_{-1};
};

}  // namespace spillway::testing
