// A configuration from its file: reads it with what it includes, checks everything, and gives
// either a config that holds together or every reason why it does not.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/settings/config.hpp"
#include "controller/settings/config_error.hpp"
#include "controller/settings/environment.hpp"

namespace spillway::settings {

/// Either a valid config, or at least one error, in the order of files and places.
using LoadedConfig = std::variant<Config, std::vector<ConfigError>>;

/// Whether the `tests:` of a valid config are run; those that fail are errors.
enum class Tests { skip, run };

/// Reads the file at `path`. Pure apart from `environment`; never throws on any input.
LoadedConfig load_config(const std::string& path, const Environment& environment,
                         Tests tests = Tests::skip);

/// The same from a text; `path` is what errors call it and what relative paths start from.
LoadedConfig parse_config(std::string_view text, const std::string& path,
                          const Environment& environment, Tests tests = Tests::skip);

/// Reads what `effective_yaml` printed of a workload, as a journal keeps it. Only how the workload
/// decides is meant to be used: secrets are not in it.
std::variant<WorkloadConfig, std::vector<ConfigError>> parse_workload(
    std::string_view text, const std::string& path, const Environment& environment);

}  // namespace spillway::settings
