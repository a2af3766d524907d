#include "tests/emulator/group.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {

void note_event(std::vector<GroupEvent>& events, std::string name, std::string message,
                TimePoint now, bool warning) {
  for (GroupEvent& event : events) {
    if (event.name == name && event.message == message) {
      ++event.count;
      event.last = now;
      return;
    }
  }
  // A crash loop would otherwise grow the document for ever; the service keeps few events too.
  constexpr std::size_t events_max{50};
  if (events.size() >= events_max) events.erase(events.begin());
  events.push_back({.name = std::move(name),
                    .message = std::move(message),
                    .warning = warning,
                    .first = now,
                    .last = now});
}

std::string resource_id(const Group& group) {
  return fmt::format(
      "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerInstance/containerGroups/"
      "{}",
      group.subscription, group.resource_group, group.name);
}

std::string group_key(std::string_view subscription, std::string_view resource_group,
                      std::string_view name) {
  return lower_text(fmt::format("{}/{}/{}", subscription, resource_group, name));
}

bool in_transition(const Group& group) {
  return group.phase == Phase::pending || group.phase == Phase::creating ||
         group.phase == Phase::repairing || group.phase == Phase::deleting;
}

bool all_ended(const Group& group) {
  return group.phase == Phase::provisioned &&
         std::all_of(group.containers.begin(), group.containers.end(), [&](const Container& c) {
           const bool again{
               group.restart_policy == RestartPolicy::always ||
               (group.restart_policy == RestartPolicy::on_failure && c.current.exit_code != 0)};
           return c.current.kind == ContainerState::Kind::terminated && !again;
         });
}

std::string instance_state(const Group& group) {
  switch (group.phase) {
    case Phase::pending:
    case Phase::creating:
      return "Pending";
    case Phase::repairing:
      return "Repairing";
    case Phase::stopped:
      return "Stopped";
    case Phase::failed:
      return "Failed";
    case Phase::deleting:
    case Phase::provisioned:
      break;
  }
  if (!all_ended(group)) return "Running";
  const bool ok{std::all_of(group.containers.begin(), group.containers.end(),
                            [](const Container& c) { return c.current.exit_code == 0; })};
  return ok ? "Succeeded" : "Failed";
}

std::string provisioning_state(const Group& group) {
  switch (group.phase) {
    case Phase::pending:
      return "Pending";
    case Phase::creating:
      return "Creating";
    case Phase::repairing:
      return "Repairing";
    case Phase::failed:
      return "Failed";
    case Phase::deleting:
      return "Deleting";
    case Phase::stopped:
    case Phase::provisioned:
      return "Succeeded";
  }
  return "NotSpecified";
}

}  // namespace spillway::emulator
