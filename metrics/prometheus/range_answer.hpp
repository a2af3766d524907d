// The answer of Prometheus' `/api/v1/query_range` turned into points, pure: bytes in, points or
// Error out. One series is expected; gaps are simply not there.
#pragma once

#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway::prometheus {

struct RangePoint {
  TimePoint at{};
  double value{0.0};  ///< as the server sent it: may be NaN or infinite

  bool operator==(const RangePoint&) const = default;
};

/// Points in the order of time; none is legal. Errors: malformed (not such JSON, times that do not
/// increase), bad_request (several series, a histogram, PromQL that does not parse), and what
/// `status: error` says: timeout, unavailable, throttled, not_found.
Result<std::vector<RangePoint>> parse_range_answer(std::string_view body);

}  // namespace spillway::prometheus
