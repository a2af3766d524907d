// Which api-versions are taken, and in which words the others and unknown resource types are
// refused: as Resource Manager does, where clients were seen to meet it.
#pragma once

#include <optional>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/router.hpp"

namespace spillway::emulator {

/// The error for a version that is missing, no version at all, or not one of the resource type. A
/// call about something with a location is told the versions there (400), any other that the type
/// does not exist in that version (404).
std::optional<ArmError> check_version(const Call& call, const Route& route);

/// The error for a path that no route has.
ArmError no_such_path(const Url& url, const Router::Match& match);

}  // namespace spillway::emulator
