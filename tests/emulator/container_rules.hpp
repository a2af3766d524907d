// The service's rules about the containers of a group: names, images, ports, environment, probes,
// sizes.
#pragma once

#include <optional>
#include <string>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/group.hpp"

namespace spillway::emulator {

/// The first rule that a container of `group` breaks.
std::optional<ArmError> check_containers(const Group& group);

/// 1 to 65535 and not one of the service's own; `path` names the property in the error.
std::optional<ArmError> check_port(int port, const std::string& path);

}  // namespace spillway::emulator
