#include "tests/emulator/command_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <map>

namespace spillway::emulator {
namespace {

/// The path of `name` as a shell would find it; `name` itself if there is none (exec then fails
/// with 127).
std::string find_program(const std::string& name) {
  const char* const path{std::getenv("PATH")};
  if (name.find('/') != std::string::npos || path == nullptr) return name;
  for (std::string_view left{path}; !left.empty();) {
    const std::string_view folder{left.substr(0, left.find(':'))};
    left.remove_prefix(std::min(left.size(), folder.size() + 1));
    std::string candidate{fmt::format("{}/{}", folder.empty() ? "." : folder, name)};
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return name;
}

int port_of(const Container& container, const Group& group) {
  if (!container.ports.empty()) return container.ports.front();
  return group.ports.empty() ? 0 : group.ports.front();
}

}  // namespace

std::string fill_placeholders(std::string text, const Container& container, const Group& group) {
  const std::array<std::pair<std::string_view, std::string>, 7> values{{
      {"{ip}", group.address.empty() ? "127.0.0.1" : group.address},
      {"{port}", std::to_string(port_of(container, group))},
      {"{group}", group.name},
      {"{container}", container.name},
      {"{region}", group.region},
      {"{cpu}", fmt::format("{}", container.cpu)},
      {"{memory_gb}", fmt::format("{}", container.memory_gb)},
  }};
  for (const auto& [name, value] : values) {
    for (std::size_t at{0}; (at = text.find(name, at)) != std::string::npos; at += value.size()) {
      text.replace(at, name.size(), value);
    }
  }
  return text;
}

Launch launch_of(const ImageRule& rule, const Container& container, const Group& group) {
  const bool replaced{rule.allow_command && !container.command.empty()};
  Launch launch{.program = {}, .arguments = {}, .environment = {}, .output = -1};
  for (const std::string& word : replaced ? container.command : rule.command) {
    launch.arguments.push_back(fill_placeholders(word, container, group));
  }
  launch.program = find_program(launch.arguments.front());

  // As in a container, little of the emulator's own environment comes along.
  std::map<std::string, std::string> environment;
  for (const char* const name : {"PATH", "HOME", "TMPDIR", "LANG"}) {
    if (const char* const value{std::getenv(name)}) environment[name] = value;
  }
  for (const auto& [name, value] : rule.environment) {
    environment[name] = fill_placeholders(value, container, group);
  }
  for (const auto& [name, value] : container.environment) environment[name] = value;
  for (const auto& [name, value] : environment) launch.environment.push_back(name + "=" + value);
  return launch;
}

}  // namespace spillway::emulator
