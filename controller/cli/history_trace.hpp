// A workload's own history as a trace: from the metric source that the config names, or from the
// journal of the controller.
#pragma once

#include <string>

#include "controller/backtest/contest.hpp"
#include "controller/backtest/load.hpp"
#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/settings/config.hpp"

namespace spillway::cli {

struct HistoryQuery {
  std::string workload{};
  std::string signal{"load"};
  std::string query{};  ///< instead of the signal's own
  Duration range{std::chrono::hours{24 * 7}};
  Duration step{std::chrono::seconds{15}};
  /// A CSV file that is written chunk by chunk: what is there is not asked for again, so that a
  /// broken download goes on where it stopped, and the next one brings only what is new. Empty: not
  /// kept.
  std::string save{};
};

/// From a Prometheus source, in requests of at most a few thousand points. Errors name the source.
Result<backtest::LoadTrace> trace_from_prometheus(const settings::Config& config,
                                                  const HistoryQuery& query,
                                                  const backtest::Progress& progress);

/// From the journal in the state directory, which is opened to read only.
Result<backtest::LoadTrace> trace_from_journal(const settings::Config& config,
                                               const HistoryQuery& query);

}  // namespace spillway::cli
