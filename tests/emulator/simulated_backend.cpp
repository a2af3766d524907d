#include "tests/emulator/simulated_backend.hpp"

#include <fmt/format.h>

#include "tests/emulator/simulated_shell.hpp"

namespace spillway::emulator {

std::optional<ArmError> SimulatedBackend::refuses(const Group&) const {
  return std::nullopt;
}

bool SimulatedBackend::is_free(const std::string&, const Group&) const {
  return true;
}

std::optional<Duration> SimulatedBackend::start(const RunId& run, const Group& group,
                                                TimePoint now) {
  const Container& container{group.containers[run.container]};
  const ImageRule* rule{find_image(options_, container.image)};
  LogBuffer& log{logs_[run.group][run.container]};
  log = LogBuffer{};
  if (rule == nullptr || rule->logs.empty()) {
    log.append(fmt::format("simulated container {} of image {} started\n", container.name,
                           container.image),
               now);
  } else {
    for (const std::string& line : rule->logs) log.append(line + "\n", now);
  }
  return rule != nullptr ? rule->run : std::nullopt;
}

void SimulatedBackend::stop(const std::string&, bool) {}

bool SimulatedBackend::crash(const std::string&, std::size_t) {
  return false;
}

std::string SimulatedBackend::logs(const std::string& group, std::size_t container,
                                   std::optional<std::size_t> tail, bool timestamps) const {
  const auto of_group{logs_.find(group)};
  if (of_group == logs_.end()) return {};
  const auto log{of_group->second.find(container)};
  return log == of_group->second.end() ? std::string{} : log->second.text(tail, timestamps);
}

Outcome<std::shared_ptr<Terminal>> SimulatedBackend::exec(const Group& group, std::size_t container,
                                                          const ExecRequest& request) {
  std::shared_ptr<Terminal> shell{std::make_shared<SimulatedShell>(
      request.command,
      SimulatedShell::Place{.host = group.name,
                            .environment = group.containers[container].environment})};
  return shell;
}

void SimulatedBackend::forget(const std::string& group) {
  logs_.erase(group);
}

}  // namespace spillway::emulator
