#include "tests/emulator/simulated_shell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace spillway::emulator {
namespace {

constexpr std::string_view prompt{"/ # "};

std::string program_of(const std::string& command) {
  return command.substr(0, command.find(' '));
}

bool is_shell(const std::string& command) {
  static constexpr std::array shells{"sh", "bash", "ash", "dash", "zsh"};
  const std::string program{program_of(command)};
  const std::string name{program.substr(program.rfind('/') + 1)};
  return std::find(shells.begin(), shells.end(), name) != shells.end() &&
         command.find(' ') == std::string::npos;
}

}  // namespace

SimulatedShell::SimulatedShell(std::string command, Place place)
    : command_{std::move(command)}, place_{std::move(place)} {}

void SimulatedShell::say(const std::string& text) {
  if (peer_.output) peer_.output(text);
}

void SimulatedShell::end() {
  // A copy: whoever hears of the end hangs up, which empties the member.
  if (const auto ended{peer_.ended}) ended();
}

void SimulatedShell::open(Peer peer) {
  peer_ = std::move(peer);
  if (is_shell(command_)) {
    say(std::string{prompt});
  } else {
    run(command_);
    end();
  }
}

void SimulatedShell::input(std::string_view bytes) {
  for (const char c : bytes) {
    if (!peer_.output) return;
    if (c == '\x04' || (c == '\x03' && line_.empty())) {  // Ctrl-D; Ctrl-C on an empty line
      say("\r\n");
      end();
      return;
    }
    if (c == '\x7f' || c == '\b') {
      if (!line_.empty()) {
        line_.pop_back();
        say("\b \b");
      }
      continue;
    }
    if (c != '\r' && c != '\n') {
      constexpr std::size_t line_max{4096};
      if (line_.size() < line_max) line_ += c;
      say(std::string(1, c));
      continue;
    }
    say("\r\n");
    const std::string line{std::exchange(line_, {})};
    if (program_of(line) == "exit") {
      end();
      return;
    }
    run(line);
    say(std::string{prompt});
  }
}

void SimulatedShell::run(const std::string& line) {
  const std::string program{program_of(line)};
  if (program.empty()) return;
  if (program == "echo") {
    say((line.size() > 5 ? line.substr(5) : "") + "\r\n");
  } else if (program == "hostname") {
    say(place_.host + "\r\n");
  } else if (program == "env") {
    for (const auto& [name, value] : place_.environment) say(fmt::format("{}={}\r\n", name, value));
  } else {
    say(fmt::format("{}: simulated, nothing runs in this container\r\n", line));
  }
}

}  // namespace spillway::emulator
