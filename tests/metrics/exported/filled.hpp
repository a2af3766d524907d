// Telemetry that was told something of every kind, for tests of the whole page.
#pragma once

#include "metrics/exported/telemetry.hpp"

namespace spillway::exported {

/// Puts at least one series into every family.
void fill(Telemetry& telemetry);

}  // namespace spillway::exported
