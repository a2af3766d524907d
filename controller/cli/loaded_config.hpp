// Loading the config file for a command: prints every error and says how many there are.
#pragma once

#include <optional>
#include <string>

#include "controller/settings/config.hpp"

namespace spillway::cli {

/// The configuration, or nothing after its errors were printed to standard error.
std::optional<settings::Config> load_or_complain(const std::string& path);

}  // namespace spillway::cli
