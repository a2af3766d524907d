// The subcommands of `spillway`, each in a file of its name. Every one returns the exit code:
// 0 ok, 1 error, 2 usage or invalid config, 3 valid but would change something (plan).
#pragma once

#include <optional>
#include <string>

#include "controller/core/units.hpp"

namespace spillway::cli {

inline constexpr int exit_ok{0};
inline constexpr int exit_error{1};
inline constexpr int exit_usage{2};
inline constexpr int exit_would_change{3};

enum class Output { table, json };

/// How to reach a running controller.
struct ApiAddress {
  std::string url{};      ///< empty: SPILLWAY_API, and without that the API's default address
  std::string token{};    ///< empty: SPILLWAY_TOKEN
  std::string ca_file{};  ///< PEM with who signed its certificate; empty: the system's authorities
};

int run(const std::string& config_path);
int check(const std::string& config_path, Output output);
int doctor(const std::string& config_path, Output output);
/// Prints the list prices of the configured regions; writes them to `file` unless that is empty.
int prices(const std::string& config_path, const std::string& file, Output output);
int plan(const std::string& config_path, Output output);
/// Answers observations on standard input with decisions, line by line; see cli/observation.hpp.
int decide(const std::string& config_path, const std::string& workload);

/// Removing asks for a `yes` at a terminal; elsewhere it has to be given.
struct SweepRequest {
  bool is_dry_run{false};
  bool is_confirmed{false};      ///< no question
  bool is_without_state{false};  ///< the state directory is gone: nothing counts as recorded
  Duration min_age{-1};  ///< younger groups are left alone; negative: the config's `reap_after`
};
int sweep(const std::string& config_path, const SweepRequest& request, Output output);
int status(const ApiAddress& api, Output output);

struct ExplainRequest {
  std::string workload{};  ///< empty: all
  int limit{10};
  bool is_replay{false};  ///< decide again, from the journal
  int id{0};              ///< of one decision, to replay; 0: the newest
};
int explain(const ApiAddress& api, const ExplainRequest& request, Output output);
int replay(const std::string& config_path, const ExplainRequest& request, Output output);

enum class Report { table, json, html };

/// A load to play, and the world to play it in.
struct PlayRequest {
  enum class From { csv, prometheus, journal };
  From from{From::csv};
  std::string trace{};             ///< a CSV file, or a folder of them
  std::string column{};            ///< of the CSV; empty: `value`, `load`, or the only one
  std::string signal{"load"};      ///< of the workload, for its history
  std::string query{};             ///< for Prometheus; empty: the signal's own
  double days{7.0};                ///< of history
  int step_seconds{15};            ///< of history from Prometheus
  std::string save{};              ///< keeps it, see HistoryQuery
  std::string world{"reference"};  ///< or a file
  std::string config{};            ///< empty: a policy with its defaults
  std::string workload{};          ///< of the config; empty: the only one
  int seeds{2};
  std::string file{};  ///< where the report goes; empty: standard output
};

struct BacktestRequest {
  PlayRequest play{};
  std::string against{"hpa,keda"};
};
int backtest(const BacktestRequest& request, Report report);

struct TuneRequest {
  PlayRequest play{};
  std::string policy{"auto"};  ///< without a config
  std::string settings{};      ///< names to search, separated by commas; empty: all numbers
  int evaluations{60};
  double hold_out_share{0.3};
};
int tune(const TuneRequest& request, Report report);

struct DrainRequest {
  std::string group{};
  std::string workload{};
  Duration keep_empty{std::chrono::minutes{10}};  ///< of a whole workload
};
int drain(const ApiAddress& api, const DrainRequest& request, Output output);

}  // namespace spillway::cli
