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
  std::string url{"http://127.0.0.1:9900"};
  std::string token{};  ///< empty: SPILLWAY_TOKEN
};

int run(const std::string& config_path);
int check(const std::string& config_path, Output output);
int plan(const std::string& config_path, Output output);
/// Answers observations on standard input with decisions, line by line; see cli/observation.hpp.
int decide(const std::string& config_path, const std::string& workload);
int sweep(const std::string& config_path, bool is_dry_run, Output output);
int status(const ApiAddress& api, Output output);

struct ExplainRequest {
  std::string workload{};  ///< empty: all
  int limit{10};
};
int explain(const ApiAddress& api, const ExplainRequest& request, Output output);

struct DrainRequest {
  std::string group{};
  std::string workload{};
  Duration keep_empty{std::chrono::minutes{10}};  ///< of a whole workload
};
int drain(const ApiAddress& api, const DrainRequest& request);

}  // namespace spillway::cli
