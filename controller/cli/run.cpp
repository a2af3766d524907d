// `spillway run`: the daemon.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/io/held_signals.hpp"
#include "controller/io/log.hpp"
#include "controller/wiring/daemon.hpp"

namespace spillway::cli {

int run(const std::string& config_path) {
  // A reload that is asked for while it starts would end it, without an error for a supervisor.
  io::hold_signals();
  auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  io::start_logging(config->log.format, config->log.level);
  for (bool must_stop{false};;) {
    auto daemon{wiring::Daemon::start(config_path, std::move(*config))};
    if (!daemon) {
      fmt::print(stderr, "spillway: {}\n", to_string(daemon.error()));
      return daemon.error().code == Errc::bad_request ? exit_usage : exit_error;
    }
    if (must_stop) std::raise(SIGTERM);
    const int exit_code{(*daemon)->run()};
    if (!(*daemon)->must_begin_anew()) return exit_code;
    must_stop = (*daemon)->is_stopping();
    config = (*daemon)->config();
  }
}

}  // namespace spillway::cli
