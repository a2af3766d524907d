// Where `exec` and `attach` leave their terminals until the client comes for them with the
// password: one address for each, good once.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "tests/emulator/terminal.hpp"

namespace spillway::emulator {

class TerminalDoor {
 public:
  /// Keeps `terminal` under `id`. Only the newest hundred wait; older ones are dropped.
  void leave(std::string id, std::string password, std::shared_ptr<Terminal> terminal);

  /// The terminal of `id`, which is gone from the door afterwards; null if there is none. With the
  /// password in hand (`authorization`, as attach has it) it is open at once; otherwise the first
  /// message must be the password.
  std::shared_ptr<Terminal> enter(const std::string& id,
                                  const std::optional<std::string>& authorization);

  void clear() { waiting_.clear(); }

 private:
  struct Waiting {
    std::string id;
    std::string password;
    std::shared_ptr<Terminal> terminal;
  };
  std::deque<Waiting> waiting_{};
};

}  // namespace spillway::emulator
