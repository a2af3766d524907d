#include "controller/cli/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/io/url.hpp"
#include "controller/settings/suggestion.hpp"
#include "controller/settings/value_parsers.hpp"

namespace spillway::cli {
namespace {

void add_config(CLI::App& command, Arguments& arguments) {
  command.add_option("-c,--config", arguments.config, "Configuration file")->capture_default_str();
}

/// An option that takes one of a few words, which its help shows as `{table,json}`.
template <class Value, class Word>
void add_choice(CLI::App& command, const std::string& name, Value& value,
                const std::vector<std::pair<std::string, Word>>& words, const std::string& help) {
  std::vector<std::string> names{};
  names.reserve(words.size());
  for (const auto& word : words) names.push_back(word.first);
  const std::string list{fmt::format("{}", fmt::join(names, ","))};
  const auto read{[&value, name, words, list](const std::string& text) {
    const auto chosen{std::ranges::find(words, text, &std::pair<std::string, Word>::first)};
    if (chosen == words.end()) {
      throw CLI::ValidationError{name, fmt::format("\"{}\" is none of {}", text, list)};
    }
    value = chosen->second;
    return true;
  }};
  command.add_option_function<std::string>(name, read, help)->type_name("{" + list + "}");
}

void add_output(CLI::App& command, Arguments& arguments) {
  add_choice<Output, Output>(command, "-o,--output", arguments.output,
                             {{"table", Output::table}, {"json", Output::json}},
                             "For people, or for scripts");
}

/// What is wrong with the address of an API; empty: nothing.
std::string fault_of_address(const std::string& text) {
  if (io::parse_url(text)) return {};
  return "\"" + text + "\" is no address; expected one such as http://127.0.0.1:9900";
}

void add_api(CLI::App& command, Arguments& arguments) {
  command.add_option("--api", arguments.api.url, "Address of the running controller")
      ->check(fault_of_address)
      ->default_str("that of --config, $SPILLWAY_API, or http://127.0.0.1:9900");
  command.add_option("--token", arguments.api.token,
                     "Its token; default: that of --config, or $SPILLWAY_TOKEN");
  command
      .add_option("--ca-file", arguments.api.ca_file,
                  "PEM file with who signed its certificate; default: the system's authorities")
      ->check(CLI::ExistingFile);
}

void add_api_config(CLI::App& command, Arguments& arguments) {
  command.add_option("-c,--config", arguments.config,
                     "Configuration file of the controller, which says its address and token");
}

void add_report(CLI::App& command, Arguments& arguments, std::string& file) {
  command.add_option("--file", file, "Write the report there");
  add_choice<Report, Report>(
      command, "-o,--output", arguments.report,
      {{"table", Report::table}, {"json", Report::json}, {"html", Report::html}},
      "For people, for scripts, or as a page with plots");
}

/// A load, and the world to play it in.
void add_played(CLI::App& command, PlayRequest& request) {
  using From = PlayRequest::From;
  command.add_option("--trace", request.trace, "CSV `t_s,value`, or a folder of such files")
      ->check(CLI::ExistingPath);
  command.add_option("--column", request.column, "Column of the CSV that holds the load");
  add_choice<From, From>(
      command, "--from", request.from,
      {{"csv", From::csv}, {"prometheus", From::prometheus}, {"journal", From::journal}},
      "The trace, or the workload's own history");
  command.add_option("--signal", request.signal, "Signal of the workload that is its load")
      ->capture_default_str();
  command.add_option("--query", request.query, "PromQL instead of the signal's own");
  command.add_option("--days", request.days, "How much history")
      ->check(CLI::Range(0.01, 3650.0))
      ->capture_default_str();
  command.add_option("--step", request.step_seconds, "Seconds between points of history")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  command.add_option("--save", request.save,
                     "Keep the history in this CSV; what is there is not asked for again");
  command
      .add_option("--world", request.world,
                  "`reference`, `measured` (what the config's controller has seen), or a YAML file "
                  "with your own figures")
      ->capture_default_str();
  using Scale = backtest::LoadWorld::Scale;
  add_choice<std::optional<Scale>, Scale>(
      command, "--scale", request.scale, {{"peak", Scale::peak}, {"as_is", Scale::as_is}},
      "as_is: the trace is requests per second; peak: it is scaled to the world's size. Left out: "
      "as_is for a workload's own history, else as the world has it");
  command.add_option("-c,--config", request.config,
                     "Configuration with the workload to play; else a policy with its defaults");
  command.add_option("--workload", request.workload, "Its name; not needed if it is the only one");
  command.add_option("--seeds", request.seeds, "Runs with different noise; figures are their mean")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

void add_tune(CLI::App& app, Arguments& arguments) {
  auto* command{app.add_subcommand("tune", "Search policy settings on a recorded load")};
  auto& request{arguments.tune};
  add_played(*command, request.play);
  command->add_option("--policy", request.policy, "Type to tune if there is no config")
      ->capture_default_str();
  command->add_option("--settings", request.settings, "Only these, separated by commas");
  command
      ->add_option("--evaluations", request.evaluations, "How many combinations of settings to try")
      ->check(CLI::Range(2, 100'000))
      ->capture_default_str();
  command
      ->add_option("--hold-out", request.hold_out_share,
                   "Share of each trace, its end, to judge by")
      ->check(CLI::Range(0.05, 0.9))
      ->capture_default_str();
  add_report(*command, arguments, request.play.file);
}

void add_backtest(CLI::App& app, Arguments& arguments) {
  auto* command{app.add_subcommand(
      "backtest", "What policies would have done with a recorded load, and what it would cost")};
  auto& request{arguments.backtest};
  add_played(*command, request.play);
  command
      ->add_option("--against", request.against,
                   "Policies to compare with, such as hpa,keda{target_utilization: 0.5}")
      ->capture_default_str();
  add_report(*command, arguments, request.play.file);
}

/// Adds an option that takes `10m` or `1h30m`, as the config does.
CLI::Option* add_duration(CLI::App& command, const std::string& name, Duration& value,
                          const DurationRange& range, const std::string& help) {
  const auto parse{[&value, name, range](const std::string& text) {
    const auto parsed{settings::parse_duration(text)};
    if (!parsed) {
      throw CLI::ValidationError{
          name, fmt::format("\"{}\" {}; expected a duration such as 10m", text, parsed.problem())};
    }
    if (*parsed < range.min || *parsed > range.max) {
      throw CLI::ValidationError{
          name, fmt::format("\"{}\" is out of range; expected {} to {}, such as 10m", text,
                            to_string(range.min), to_string(range.max))};
    }
    value = *parsed;
    return true;
  }};
  return command.add_option_function<std::string>(name, parse, help)->type_name("DURATION");
}

/// The address that the environment names instead of `--api` or `--config`, where the command takes
/// one.
void check_named_api(const CLI::App& app, const Arguments& arguments) {
  const char* const named{std::getenv("SPILLWAY_API")};
  if (named == nullptr || *named == '\0' || !arguments.api.url.empty()) return;
  const bool takes_one{std::ranges::any_of(app.get_subcommands(), [](const CLI::App* command) {
    const auto* const config{command->get_option_no_throw("--config")};
    const bool is_configured{config != nullptr && config->count() > 0};
    return command->get_option_no_throw("--api") != nullptr && !is_configured;
  })};
  const std::string fault{takes_one ? fault_of_address(named) : ""};
  if (!fault.empty()) throw CLI::ValidationError{"SPILLWAY_API in the environment", fault};
}

/// What was given and would be ignored, or is not given and needed.
void check_played(const CLI::App& command, const PlayRequest& play) {
  using From = PlayRequest::From;
  if (play.from == From::csv) {
    if (play.trace.empty()) throw CLI::RequiredError{"--trace"};
    for (const char* const each : {"--days", "--signal", "--step"}) {
      if (command.count(each) == 0) continue;
      throw CLI::ValidationError{
          each, "is for a workload's history: it needs --from prometheus or --from journal"};
    }
    return;
  }
  if (!play.trace.empty()) return;  // two histories: the command says so
  if (play.config.empty()) {
    throw CLI::ValidationError{"--from",
                               "needs a --config that says whose history, and where it is"};
  }
  if (play.from == From::journal && command.count("--step") > 0) {
    throw CLI::ValidationError{"--step", "is for Prometheus: it needs --from prometheus"};
  }
  if (!play.column.empty()) {
    throw CLI::ValidationError{"--column", "is for a CSV: it needs --trace"};
  }
}

}  // namespace

void declare(CLI::App& app, Arguments& arguments) {
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", "spillway " SPILLWAY_VERSION, "Print the version");
  auto* run{app.add_subcommand("run", "Run the controller until SIGTERM; SIGHUP reloads")};
  add_config(*run, arguments);
  auto* check{app.add_subcommand("check", "Say everything that is wrong with a configuration")};
  // `check FILE`, as other checkers take it, beside the option that all commands have.
  check->add_option("-c,--config,file", arguments.config, "Configuration file")
      ->capture_default_str();
  add_output(*check, arguments);
  auto* doctor{app.add_subcommand("doctor", "Ask Azure everything that a burst will need")};
  add_config(*doctor, arguments);
  add_output(*doctor, arguments);
  auto* prices{app.add_subcommand("prices", "Read Azure's list prices for the regions in use")};
  add_config(*prices, arguments);
  add_output(*prices, arguments);
  prices->add_option("--write", arguments.price_file, "Keep them here, for provider.price_table");
  auto* plan{app.add_subcommand("plan", "One tick without acting; exit code 3 if it would act")};
  add_config(*plan, arguments);
  add_output(*plan, arguments);
  auto* decide{app.add_subcommand(
      "decide", "The decision core as a filter: JSON observations in, JSON decisions out")};
  add_config(*decide, arguments);
  decide->add_option("--workload", arguments.workload, "The workload to decide for")->required();
  decide->footer(decide_help);
  auto* status{app.add_subcommand("status", "What the running controller sees, wants and has")};
  add_api(*status, arguments);
  add_api_config(*status, arguments);
  add_output(*status, arguments);
  auto* explain{app.add_subcommand("explain", "Why it decided what it decided, newest first")};
  add_api(*explain, arguments);
  add_output(*explain, arguments);
  explain->add_option("workload", arguments.explain.workload, "Only this workload");
  explain->add_option("-n,--limit", arguments.explain.limit, "How many decisions")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  auto* replay{explain->add_flag("--replay", arguments.explain.is_replay,
                                 "Decide again from the journal: equal? and without each policy?")};
  explain->add_option("--id", arguments.explain.id, "Replay only the decision of this number")
      ->check(CLI::PositiveNumber)
      ->needs(replay);
  const auto read_instant{[&arguments](const std::string& text) {
    arguments.explain.at = settings::parse_instant(text);
    if (!arguments.explain.at) {
      throw CLI::ValidationError{"--at", "expected an instant such as 2026-01-05T12:00:00Z"};
    }
    return true;
  }};
  explain
      ->add_option_function<std::string>("--at", read_instant,
                                         "Replay what was in force at this instant (UTC)")
      ->type_name("INSTANT")
      ->needs(replay)
      ->excludes("--id");
  explain
      ->add_option("-c,--config", arguments.config,
                   "Configuration file of the controller: api.listen and api.token; for --replay "
                   "it names the state directory")
      ->default_str("for --replay " + arguments.config);
  add_backtest(app, arguments);
  add_tune(app, arguments);
  auto* drain{app.add_subcommand("drain", "Drain one burst group, or all of a workload")};
  add_api(*drain, arguments);
  add_api_config(*drain, arguments);
  add_output(*drain, arguments);
  auto* group{drain->add_option("--group", arguments.drain.group, "Name of the group")};
  auto* workload{drain->add_option("--workload", arguments.drain.workload,
                                   "All groups of this workload, and none new for a while")};
  group->excludes(workload);
  add_duration(*drain, "--for", arguments.drain.keep_empty,
               {.min = std::chrono::seconds{1}, .max = std::chrono::days{7}},
               "How long a drained workload stays empty")
      ->default_str("10m");
  auto* reload{app.add_subcommand(
      "reload", "Have the running controller read its config, secrets and certificates anew")};
  add_api(*reload, arguments);
  add_api_config(*reload, arguments);
  add_output(*reload, arguments);
  auto* sweep{app.add_subcommand(
      "sweep", "Remove groups and standby pools that are ours by tag and that nothing knows")};
  add_config(*sweep, arguments);
  add_output(*sweep, arguments);
  auto* dry_run{sweep->add_flag("--dry-run", arguments.sweep.is_dry_run, "Only list them")};
  sweep->add_flag("-y,--yes", arguments.sweep.is_confirmed, "Remove them without a question")
      ->excludes(dry_run);
  sweep->add_flag(
      "--without-state", arguments.sweep.is_without_state,
      "The state directory is gone, and no controller of this owner runs anywhere: every "
      "group of the owner counts as unrecorded");
  add_duration(*sweep, "--min-age", arguments.sweep.min_age, {}, "Leave younger groups alone")
      ->default_str("the config's reap_after");
  auto* schema{app.add_subcommand("schema", "Print the JSON Schema of the configuration")};
  schema->add_flag("--markdown", arguments.is_markdown, "As a reference to read");
  auto* version{app.add_subcommand("version", "Print the version")};
  add_output(*version, arguments);
}

/// CLI11 would only say that one is required.
void refuse_unknown_command(const CLI::App& app, std::span<char* const> words) {
  if (words.size() < 2) return;
  const std::string_view word{words[1]};
  if (word.empty() || word.starts_with('-')) return;
  std::vector<std::string> names{};
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (std::ranges::find(names, word) != names.end()) return;
  const std::vector<std::string_view> known{names.begin(), names.end()};
  const auto meant{settings::nearest_word(word, known)};
  const std::string hint{meant ? fmt::format("did you mean \"{}\"?", *meant)
                               : fmt::format("expected one of {}", fmt::join(names, ", "))};
  throw CLI::ExtrasError{fmt::format("there is no command \"{}\"; {}", word, hint),
                         CLI::ExitCodes::ExtrasError};
}

void check_given(const CLI::App& app, const Arguments& arguments) {
  check_named_api(app, arguments);
  if (app.got_subcommand("backtest")) {
    check_played(*app.get_subcommand("backtest"), arguments.backtest.play);
  }
  if (app.got_subcommand("tune")) {
    check_played(*app.get_subcommand("tune"), arguments.tune.play);
  }
  const bool names_nothing{arguments.drain.group.empty() && arguments.drain.workload.empty()};
  if (app.got_subcommand("drain") && names_nothing) {
    throw CLI::RequiredError{"--group or --workload"};
  }
}

}  // namespace spillway::cli
