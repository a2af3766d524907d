// What of a query no server will read, seen without asking one: quotes, brackets, matchers without
// quotes, regular expressions without an end. Only what neither Prometheus nor those who speak more
// than PromQL (VictoriaMetrics) would take; which functions and series there are, they know.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spillway::prometheus {

/// The first of them, in words that can follow the setting's name; nothing if there is none.
std::optional<std::string> promql_fault(std::string_view query);

}  // namespace spillway::prometheus
