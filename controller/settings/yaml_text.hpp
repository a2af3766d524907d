// Single values as YAML that reads back as the same value: quoted where YAML or the config's own
// `${...}` would otherwise see something in them.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/units.hpp"

namespace spillway::settings {

/// A text: plain if that is safe, else in double quotes. A dollar in front of a brace is doubled.
std::string yaml_text(std::string_view text);

std::string yaml_number(double value);             ///< shortest that reads back: `0.7`
std::string yaml_ratio(double value);              ///< `70%` where exact, else `0.123456789`
std::string yaml_duration(Duration duration);      ///< `1m30s`, `36h`, `30d`
std::string yaml_rate(double per_second);          ///< `10/s`
std::string yaml_money(Money amount);              ///< `20 USD`, exact to the nano-dollar
std::string yaml_hourly_price(HourlyPrice price);  ///< `0.0405 USD/h`
std::string yaml_memory(double gigabytes);         ///< `1.5 GB`

}  // namespace spillway::settings
