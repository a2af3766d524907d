// `spillway`: reads the command line and does what it says; each command is in controller/cli.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include "controller/cli/command_line.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/configured_api.hpp"
#include "controller/settings/config.hpp"

namespace {

namespace cli = spillway::cli;

int print_version(cli::Output output) {
  if (output == cli::Output::json) {
    fmt::print("{{\"version\":\"{}\"}}\n", SPILLWAY_VERSION);
  } else {
    fmt::print("spillway {}\n", SPILLWAY_VERSION);
  }
  return cli::exit_ok;
}

/// The commands that talk to a running controller.
int ask_controller(const CLI::App& command, const cli::Arguments& arguments) {
  const bool has_config{command.count("--config") > 0};
  const auto api{has_config ? cli::api_of_config(arguments.api, arguments.config)
                            : std::optional{arguments.api}};
  if (!api) return cli::exit_usage;
  const std::string& name{command.get_name()};
  if (name == "status") return cli::status(*api, arguments.output);
  if (name == "explain") return cli::explain(*api, arguments.explain, arguments.output);
  if (name == "reload") return cli::reload(*api, arguments.output);
  return cli::drain(*api, arguments.drain, arguments.output);
}

int dispatch(const CLI::App& app, const cli::Arguments& arguments) {
  const std::string command{app.get_subcommands().front()->get_name()};
  if (command == "run") return cli::run(arguments.config);
  if (command == "check") return cli::check(arguments.config, arguments.output);
  if (command == "doctor") return cli::doctor(arguments.config, arguments.output);
  if (command == "prices") {
    return cli::prices(arguments.config, arguments.price_file, arguments.output);
  }
  if (command == "plan") return cli::plan(arguments.config, arguments.output);
  if (command == "decide") return cli::decide(arguments.config, arguments.workload);
  if (command == "sweep") {
    return cli::sweep(arguments.config, arguments.sweep, arguments.output);
  }
  if (command == "explain" && arguments.explain.is_replay) {
    return cli::replay(arguments.config, arguments.explain, arguments.output);
  }
  if (command == "backtest") return cli::backtest(arguments.backtest, arguments.report);
  if (command == "tune") return cli::tune(arguments.tune, arguments.report);
  if (command == "schema") {
    fmt::print("{}\n", arguments.is_markdown ? spillway::settings::config_reference()
                                             : spillway::settings::config_schema());
    return cli::exit_ok;
  }
  if (command == "version") return print_version(arguments.output);
  return ask_controller(*app.get_subcommands().front(), arguments);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Spillway bursts the overflow of a saturated cluster into Azure Container Instances."};
  cli::Arguments arguments{};
  cli::declare(app, arguments);
  try {
    cli::refuse_unknown_command(app, {argv, static_cast<std::size_t>(argc)});
    app.parse(argc, argv);
    cli::check_given(app, arguments);
    return dispatch(app, arguments);
  } catch (const CLI::ParseError& error) {
    const int code{app.exit(error)};
    return code == 0 ? cli::exit_ok : cli::exit_usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "spillway: {}\n", error.what());
    return cli::exit_error;
  }
}
