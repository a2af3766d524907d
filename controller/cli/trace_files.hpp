// Recorded loads from CSV files, as the backtest wants them.
#pragma once

#include <string>
#include <vector>

#include "controller/backtest/load.hpp"
#include "controller/core/error.hpp"

namespace spillway::cli {

/// The trace of one file, or of each `*.csv` of a folder in the order of their names; a trace is
/// named after its file. `column` is the one that holds the load; empty: `value`, `load`, or the
/// only one. Errors name the file, and for its content the line and what was expected.
Result<std::vector<backtest::LoadTrace>> read_traces(const std::string& path,
                                                     const std::string& column);

}  // namespace spillway::cli
