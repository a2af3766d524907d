// A shell on paper for simulated containers: it echoes what is typed as a terminal does, knows
// echo, env, hostname and exit, and says of everything else what it would have run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/emulator/terminal.hpp"

namespace spillway::emulator {

class SimulatedShell final : public Terminal {
 public:
  struct Place {
    std::string host;
    std::vector<std::pair<std::string, std::string>> environment;
  };

  /// `command` is what exec asked for: a shell stays, anything else is "run" once and ends.
  SimulatedShell(std::string command, Place place);

  void open(Peer peer) override;
  void input(std::string_view bytes) override;
  void hang_up() override { peer_ = {}; }

 private:
  void run(const std::string& line);
  void say(const std::string& text);
  void end();

  std::string command_;
  Place place_;
  Peer peer_{};
  std::string line_{};
};

}  // namespace spillway::emulator
