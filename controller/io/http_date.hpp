// Dates as HTTP has them in its headers. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "controller/core/units.hpp"

namespace spillway::io {

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, IMF-fixdate). Nothing for anything else.
std::optional<TimePoint> parse_http_date(std::string_view text);

}  // namespace spillway::io
