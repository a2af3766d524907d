// The head of a file that `backtest --save` writes: of which query it is and when it begins, so
// that the next download continues it, and `--trace` plays it at its own time.
//
//   # spillway history, from 1795444200000 step 15000 query sum(rate(http_requests_total[1m]))
//   t_s,value
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/units.hpp"

namespace spillway::cli {

/// `query` on one line; ends with the line of the columns.
std::string history_head(TimePoint from, Duration step, std::string query);

/// The instant of the time 0; nothing if the text has no such head.
std::optional<TimePoint> history_begin(std::string_view text);

}  // namespace spillway::cli
