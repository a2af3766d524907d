// A real program on a pseudo terminal: what `exec` opens in a container of the process backend.
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tests/emulator/terminal.hpp"

namespace spillway::emulator {

struct TerminalLaunch {
  std::string program;
  std::vector<std::string> arguments;    ///< argv, the program's name included
  std::vector<std::string> environment;  ///< NAME=value
  int rows{24};
  int columns{80};
};

class ProcessTerminal final : public Terminal,
                              public std::enable_shared_from_this<ProcessTerminal> {
 public:
  ProcessTerminal(boost::asio::io_context& context, TerminalLaunch launch);
  ~ProcessTerminal() override;
  ProcessTerminal(const ProcessTerminal&) = delete;
  ProcessTerminal& operator=(const ProcessTerminal&) = delete;

  void open(Peer peer) override;
  void input(std::string_view bytes) override;
  void hang_up() override;

 private:
  void read();
  void write();
  void kill_program();

  TerminalLaunch launch_;
  boost::asio::posix::stream_descriptor master_;
  pid_t pid_{-1};
  Peer peer_{};
  std::array<char, 4096> chunk_{};
  std::deque<std::string> waiting_{};
  bool writing_{false};
};

}  // namespace spillway::emulator
