// A recorded load as a table of numbers over time, read from CSV: `t_s,value` and perhaps more
// columns. Pure. The values hold from their time until the next row's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway::file {

struct Trace {
  std::vector<std::string> columns{};         ///< without the time
  std::vector<Duration> times{};              ///< since the start of the trace, increasing
  std::vector<std::vector<double>> values{};  ///< for each column; NaN where the cell is empty

  /// Until when the trace tells something: its last row lasts as long as the one before it.
  Duration end() const;
  /// The row that holds at `since_start`; nothing before the first and from `end()` on.
  std::optional<std::size_t> row_at(Duration since_start) const;
  std::optional<std::size_t> column(std::string_view name) const;
};

/// Reads `t_s,NAME,...` and rows of numbers: seconds since the start, and values, which may be left
/// empty. Lines may end with CR LF; empty lines and those that begin with `#` are skipped.
/// Error: `malformed`, with line and column and what was expected.
Result<Trace> parse_trace(std::string_view text);

}  // namespace spillway::file
