// Where a running controller's API is, and its token, by the config that the controller runs with.
#pragma once

#include <optional>
#include <string>

#include "controller/cli/commands.hpp"
#include "controller/settings/config.hpp"

namespace spillway::cli {

/// `http://127.0.0.1:9900` for what `listen` says; where it listens on every address, loopback.
/// `https` with a certificate, whose name need not be that address: then `--api` has to say it.
std::string url_of(const settings::ApiConfig& api);

/// `given`, and what it leaves open as the config at `path` has it. Nothing after the config's
/// errors were printed.
std::optional<ApiAddress> api_of_config(ApiAddress given, const std::string& path);

}  // namespace spillway::cli
