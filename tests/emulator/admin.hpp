// The emulator's own endpoint, below /_emulator: state, faults, groups, time.
// Without tokens and rate limits: it is for the tester, not for the client under test.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <span>

#include "tests/emulator/router.hpp"

namespace spillway::emulator {

std::span<const Route> admin_routes();

/// All groups, what every operation answered how often, and what it has cost.
boost::json::object show_state(const World& world);

}  // namespace spillway::emulator
