// The command line of `spillway`: names, options and help; each command is in controller/cli.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <map>

#include "controller/cli/commands.hpp"
#include "controller/settings/config.hpp"

namespace {

using spillway::cli::Output;

struct Arguments {
  std::string config{"/etc/spillway/spillway.yaml"};
  Output output{Output::table};
  spillway::cli::ApiAddress api{};
  spillway::cli::ExplainRequest explain{};
  spillway::cli::DrainRequest drain{};
  std::string workload{};
  int drain_seconds{600};
  bool is_dry_run{false};
  bool is_markdown{false};
};

void add_config(CLI::App& command, Arguments& arguments) {
  command.add_option("-c,--config", arguments.config, "Configuration file")->capture_default_str();
}

void add_output(CLI::App& command, Arguments& arguments) {
  static const std::map<std::string, Output> words{{"table", Output::table},
                                                   {"json", Output::json}};
  command.add_option("-o,--output", arguments.output, "table or json")
      ->transform(CLI::CheckedTransformer(words))
      ->type_name("FORMAT");
}

void add_api(CLI::App& command, Arguments& arguments) {
  command.add_option("--api", arguments.api.url, "Address of the running controller")
      ->capture_default_str();
  command.add_option("--token", arguments.api.token, "Its token; default $SPILLWAY_TOKEN");
}

int dispatch(const CLI::App& app, const Arguments& arguments) {
  namespace cli = spillway::cli;
  const std::string command{app.get_subcommands().front()->get_name()};
  if (command == "run") return cli::run(arguments.config);
  if (command == "check") return cli::check(arguments.config, arguments.output);
  if (command == "plan") return cli::plan(arguments.config, arguments.output);
  if (command == "decide") return cli::decide(arguments.config, arguments.workload);
  if (command == "sweep") {
    return cli::sweep(arguments.config, arguments.is_dry_run, arguments.output);
  }
  if (command == "status") return cli::status(arguments.api, arguments.output);
  if (command == "explain") return cli::explain(arguments.api, arguments.explain, arguments.output);
  if (command == "drain") return cli::drain(arguments.api, arguments.drain);
  if (command == "schema") {
    fmt::print("{}\n", arguments.is_markdown ? spillway::settings::config_reference()
                                             : spillway::settings::config_schema());
    return cli::exit_ok;
  }
  fmt::print("spillway {}\n", SPILLWAY_VERSION);
  return cli::exit_ok;
}

void declare(CLI::App& app, Arguments& arguments) {
  app.require_subcommand(1);
  auto* run{app.add_subcommand("run", "Run the controller until SIGTERM; SIGHUP reloads")};
  add_config(*run, arguments);
  auto* check{app.add_subcommand("check", "Say everything that is wrong with a configuration")};
  add_config(*check, arguments);
  add_output(*check, arguments);
  auto* plan{app.add_subcommand("plan", "One tick without acting; exit code 3 if it would act")};
  add_config(*plan, arguments);
  add_output(*plan, arguments);
  auto* decide{app.add_subcommand(
      "decide", "The decision core as a filter: JSON observations in, JSON decisions out")};
  add_config(*decide, arguments);
  decide->add_option("--workload", arguments.workload, "The workload to decide for")->required();
  auto* status{app.add_subcommand("status", "What the running controller sees, wants and has")};
  add_api(*status, arguments);
  add_output(*status, arguments);
  auto* explain{app.add_subcommand("explain", "Why it decided what it decided, newest first")};
  add_api(*explain, arguments);
  add_output(*explain, arguments);
  explain->add_option("workload", arguments.explain.workload, "Only this workload");
  explain->add_option("-n,--limit", arguments.explain.limit, "How many decisions")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  auto* drain{app.add_subcommand("drain", "Drain one burst group, or all of a workload")};
  add_api(*drain, arguments);
  auto* group{drain->add_option("--group", arguments.drain.group, "Name of the group")};
  auto* workload{drain->add_option("--workload", arguments.drain.workload,
                                   "All groups of this workload, and none new for a while")};
  group->excludes(workload);
  drain->add_option("--for", arguments.drain_seconds, "How long a drained workload stays empty")
      ->check(CLI::Range(1, 604'800))
      ->type_name("SECONDS")
      ->capture_default_str();
  auto* sweep{app.add_subcommand("sweep", "Remove groups that are ours by tag and in no record")};
  add_config(*sweep, arguments);
  add_output(*sweep, arguments);
  sweep->add_flag("--dry-run", arguments.is_dry_run, "Only list them");
  auto* schema{app.add_subcommand("schema", "Print the JSON Schema of the configuration")};
  schema->add_flag("--markdown", arguments.is_markdown, "As a reference to read");
  app.add_subcommand("version", "Print the version");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Spillway bursts the overflow of a saturated cluster into Azure Container Instances."};
  Arguments arguments{};
  declare(app, arguments);
  try {
    app.parse(argc, argv);
    arguments.drain.keep_empty = std::chrono::seconds{arguments.drain_seconds};
    const bool drains{app.got_subcommand("drain")};
    if (drains && arguments.drain.group.empty() && arguments.drain.workload.empty()) {
      throw CLI::RequiredError{"--group or --workload"};
    }
    return dispatch(app, arguments);
  } catch (const CLI::ParseError& error) {
    const int code{app.exit(error)};
    return code == 0 ? spillway::cli::exit_ok : spillway::cli::exit_usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "spillway: {}\n", error.what());
    return spillway::cli::exit_error;
  }
}
