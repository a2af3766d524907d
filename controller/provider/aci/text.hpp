// Text as ARM compares and writes it: words without regard to ASCII case, region names in two
// spellings, RFC 3339 times with any number of decimals. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/units.hpp"
#include "controller/io/random.hpp"

namespace spillway::aci {

std::string lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
/// `word` must be lower case.
bool contains_ignoring_case(std::string_view text, std::string_view word);

/// `West US`, `WestUs` and `westus` are one region: lower case without spaces.
std::string region_name(std::string_view text);

/// `2017-08-08T00:09:01Z`, also with decimals (cut to milliseconds) and with an offset such as
/// `+02:00`. Nothing for anything else.
std::optional<TimePoint> parse_time(std::string_view text);

/// A GUID in its usual spelling, version 4.
std::string guid(io::Random& random);

}  // namespace spillway::aci
