// HAProxy's statistics, `show stat` or the page's `;csv`, as rows of numbers: a pure parser that
// keeps only the columns somebody asked for. It does not know what the columns mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::haproxy {

/// What a row is about; the numbers are those of the column `type`.
enum class RowKind : std::uint8_t { frontend = 0, backend = 1, server = 2, listener = 3 };

struct StatsRow {
  std::uint32_t instance{0};  ///< which HAProxy, where several are read as one
  RowKind kind{RowKind::frontend};
  bool is_up{false};  ///< takes traffic: OPEN, UP or unchecked; not DOWN, MAINT, DRAIN or NOLB
  std::string proxy{};
  std::string server{};                         ///< FRONTEND, BACKEND or the server's name
  std::vector<std::optional<double>> values{};  ///< in the order asked for; nothing if empty
};

struct StatsTable {
  std::vector<StatsRow> rows{};
  /// For each column asked for: what is wrong with it (there is none, it holds text), or nothing.
  std::vector<std::string> problems{};
};

/// The rows of `text` with the values of `columns`. Columns are found by their names in the head
/// line, so new ones do no harm; a column with a problem has no values. Errors: malformed (not such
/// a table, a row cut off), denied (the socket's level is too low).
Result<StatsTable> parse_stats(std::string_view text, const std::vector<std::string>& columns);

}  // namespace spillway::haproxy
