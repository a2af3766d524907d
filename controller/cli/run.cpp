// `spillway run`: the daemon.
#include <fmt/format.h>

#include <cstdio>

#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/io/log.hpp"
#include "controller/wiring/daemon.hpp"

namespace spillway::cli {

int run(const std::string& config_path) {
  auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  io::start_logging(config->log.format, config->log.level);
  auto daemon{wiring::Daemon::start(config_path, std::move(*config))};
  if (!daemon) {
    fmt::print(stderr, "spillway: {}\n", to_string(daemon.error()));
    return daemon.error().code == Errc::bad_request ? exit_usage : exit_error;
  }
  return (*daemon)->run();
}

}  // namespace spillway::cli
