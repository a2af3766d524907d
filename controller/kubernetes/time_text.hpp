// Instants as the Kubernetes API writes them (RFC 3339, UTC). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/units.hpp"

namespace spillway::kubernetes {

/// `2026-11-26T08:44:26Z`, with or without a fraction of seconds, or with an offset such as +01:00.
/// Nothing for anything else.
std::optional<TimePoint> parse_time(std::string_view text);

/// `2026-11-26T08:44:26Z`, as the fields of type Time have it: the fraction is cut off.
std::string time_text(TimePoint at);

/// `2026-11-26T08:44:26.123000Z`, as the fields of type MicroTime have it.
std::string micro_time_text(TimePoint at);

}  // namespace spillway::kubernetes
