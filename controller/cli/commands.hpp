// The subcommands of `spillway`, each in a file of its name. Every one returns the exit code:
// 0 ok, 1 error, 2 usage or invalid config, 3 valid but would change something (plan).
#pragma once

#include <optional>
#include <string>

#include "controller/backtest/world.hpp"
#include "controller/core/units.hpp"

namespace spillway::cli {

inline constexpr int exit_ok{0};
inline constexpr int exit_error{1};
inline constexpr int exit_usage{2};
inline constexpr int exit_would_change{3};

enum class Output { table, json };

/// How to reach a running controller; configured_api.hpp takes it from a config.
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

/// What `decide --help` says of the lines.
inline constexpr const char* decide_help{
    R"(In, one JSON object per line (here broken to be read), in the order of time:
  {"at": 30, "load": 142.5, "utilization": 0.81, "queue": 0, "late": 0.002,
   "base": {"ready": 8}, "vms": {"ready": 0, "starting": 1},
   "burst": {"ready": 4, "starting": 2, "draining": 0},
   "start": {"median_s": 31, "p95_s": 54},
   "standby": {"ready": 2, "starting": 1, "start_s": 5},
   "price": 0.0594, "spend": {"hour": 0.21, "day": 3.4, "month": 61}}
at      seconds; load in requests per second; utilization a share, 1 where all is used (more where
        it is measured by what was requested, as CPU may be; 10 at most); queue waiting requests;
        late the share of the last window's requests beyond the objective
base    replicas of the fixed cluster; vms: extra machines; burst: burst replicas
start   optional: how long a burst replica takes to start. Without it, it is measured from what
        goes from starting to ready (five starts needed; until then 30 s and 60 s)
standby optional: replicas in a standby pool beside the burst, and what one takes to serve (5 s).
        The driver hands them out first
price   optional: USD per burst replica and hour; spend: USD spent on burst in the calendar hour,
        day and month (UTC) of at. What is missing of them is as it was told last (a new hour has
        spent nothing); without a price a budget or a rent cannot be turned into a count
A signal of the workload's own, such as the one its queue_backlog reads, has its name as its key.
A key that nobody knows is ignored, and told once on standard error.
null, absent, NaN and Infinity mean missing, which is not zero: nothing shrinks on such a line.
Of vms, an absent section is as on the line before. An absent starting or draining is 0.

Out, one line each, flushed:
  {"at": 30, "burst": 6, "vms": 1, "because": "LoadOverTarget", "trail": [...]}
burst   wanted burst replicas, ready and starting; vms: wanted extra machines
A line that cannot be used is answered by the counts of the line before and an "error"; the exit
code is then 2 at the end.

Example:
  echo '{"at":0,"load":142.5,"base":{"ready":8},"burst":{"ready":0}}' |
    spillway decide --config config/profiles/reference.yaml --workload reference)"};

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
  bool is_replay{false};          ///< decide again, from the journal
  int id{0};                      ///< of one decision, to replay; 0: the newest
  std::optional<TimePoint> at{};  ///< replay what was decided last at that instant
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
  std::string world{"reference"};  ///< `measured`, or a file
  std::optional<backtest::LoadWorld::Scale> scale{};  ///< nothing: by where the trace is from
  std::string config{};                               ///< empty: a policy with its defaults
  std::string workload{};                             ///< of the config; empty: the only one
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

/// Prints what changed. A config that cannot be used is an error, and the old one stays in force.
int reload(const ApiAddress& api, Output output);

}  // namespace spillway::cli
