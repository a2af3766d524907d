// A program on a terminal inside a container of a Docker engine: what `exec` opens there.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>

#include "tests/emulator/backend.hpp"
#include "tests/emulator/docker_engine.hpp"
#include "tests/emulator/terminal.hpp"

namespace spillway::emulator {

class DockerTerminal final : public Terminal, public std::enable_shared_from_this<DockerTerminal> {
 public:
  DockerTerminal(boost::asio::io_context& context, DockerEngine engine, std::string container,
                 ExecRequest request);

  void open(Peer peer) override;
  void input(std::string_view bytes) override;
  void hang_up() override;

 private:
  void refuse(const std::string& why);
  void read();
  void write();

  boost::asio::io_context& context_;
  DockerEngine engine_;
  std::string container_;
  ExecRequest request_;
  Peer peer_{};
  std::unique_ptr<DockerEngine::Socket> socket_{};
  std::array<char, 4096> chunk_{};
  std::string header_{};
  bool past_header_{false};
  std::deque<std::string> waiting_{};
  bool writing_{false};
};

}  // namespace spillway::emulator
