// The command line of `spillway`: commands, options and help, and what of them cannot go together.
#pragma once

#include <span>
#include <string>

#include "controller/cli/commands.hpp"

namespace CLI {
class App;
}

namespace spillway::cli {

/// What the command line said, for whichever command it named.
struct Arguments {
  std::string config{"/etc/spillway/spillway.yaml"};
  Output output{Output::table};
  ApiAddress api{};
  ExplainRequest explain{};
  DrainRequest drain{};
  BacktestRequest backtest{};
  TuneRequest tune{};
  Report report{Report::table};
  std::string workload{};
  std::string price_file{};
  SweepRequest sweep{};
  bool is_markdown{false};
};

/// Adds every command with its options, which are read into `arguments`; both must outlive parsing.
void declare(CLI::App& app, Arguments& arguments);

/// Before parsing: a first word that is no command, with the one that was meant.
void refuse_unknown_command(const CLI::App& app, std::span<char* const> words);

/// After parsing: what was given and would be ignored, or is not given and needed. Throws
/// CLI::ParseError, as parsing does.
void check_given(const CLI::App& app, const Arguments& arguments);

}  // namespace spillway::cli
