// One section that stands alone: a world for a backtest, what a balancer was told. Read with the
// same care as the config file: every error at once, with its place and the allowed values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/settings/config_error.hpp"
#include "controller/settings/environment.hpp"

namespace spillway::settings {

/// Reads the file at `path` into what `describe` declares. No errors: everything holds together.
std::vector<ConfigError> load_section(const std::string& path, const Fields::Describe& describe,
                                      const Environment& environment);

/// The same from a text; `name` is what errors call it.
std::vector<ConfigError> parse_section(std::string_view text, const std::string& name,
                                       const Fields::Describe& describe,
                                       const Environment& environment);

}  // namespace spillway::settings
