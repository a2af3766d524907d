// A terminal in a container, as `exec` and `attach` open one: bytes go in, bytes come out, it ends.
// The HTTP front carries it over a WebSocket and knows no more of it than this. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace spillway::emulator {

class Terminal {
 public:
  struct Peer {
    std::function<void(std::string bytes)> output{};
    std::function<void()> ended{};  ///< last call; after all output
  };

  virtual ~Terminal() = default;

  /// The connection is there. Called once; `peer` may be called from now on, until hang_up().
  virtual void open(Peer peer) = 0;

  /// One message of the client.
  virtual void input(std::string_view bytes) = 0;

  /// Called a few times a second while it is open: for output that nobody announces.
  virtual void tick() {}

  /// The connection is gone: what runs is ended, and `peer` is not called any more. Idempotent.
  virtual void hang_up() = 0;
};

}  // namespace spillway::emulator
