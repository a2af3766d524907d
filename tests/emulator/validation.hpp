// The rules of the service about what a container group may be: names, sizes, ports, combinations.
// Types are checked earlier (shape.hpp); quotas and capacity later (world.hpp).
#pragma once

#include <optional>
#include <string>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/group.hpp"
#include "tests/emulator/options.hpp"

namespace spillway::emulator {

/// The first rule that `group` breaks, with Azure's code where it is known.
std::optional<ArmError> validate_group(const Group& group, const EmulatorOptions& options);

/// What an update of `before` to `after` may not change, if it tries to.
std::optional<ArmError> validate_update(const Group& before, const Group& after);

}  // namespace spillway::emulator
