// The answer of Prometheus' `/api/v1/query` turned into samples, pure: bytes in, Answer or Error
// out. Thanos, Mimir, Cortex and VictoriaMetrics speak the same, with their ways to say "partial".
#pragma once

#include <string_view>

#include "controller/core/error.hpp"
#include "metrics/metric_source.hpp"

namespace spillway::prometheus {

/// Understands scalars and instant vectors. Without `join_label` the query must give one series at
/// most; with it, series are keyed by that label, and those without the label belong to nobody. A
/// value that several series have is in `faults` instead; the others are as good as without it.
/// A sample's time is the time of evaluation: Prometheus does not tell how old the sample is that
/// it found (up to 5 minutes with its default look-back), see `freshness_query`.
/// Warnings and VictoriaMetrics' `isPartial` become `warnings`; Prometheus 3's `infos` are ignored.
/// Errors: malformed (not such JSON, bad number); bad_request (the query: a range vector, a
/// string, a histogram, several series, an unknown label, or PromQL that does not parse); and what
/// `status: error` says: timeout, unavailable, throttled, not_found.
Result<Answer> parse_instant_answer(std::string_view body, std::string_view join_label);

/// A number as Prometheus writes it: `1.5`, `1e+06`, `NaN`, `+Inf`, `-Inf`; nothing otherwise.
std::optional<double> parse_number(std::string_view text);

}  // namespace spillway::prometheus
