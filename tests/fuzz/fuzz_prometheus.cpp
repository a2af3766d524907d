// Prometheus' answers to instant queries, with and without a label to join by, and to range
// queries.

#include <cmath>

#include "metrics/prometheus/instant_answer.hpp"
#include "metrics/prometheus/range_answer.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_prometheus {

SPILLWAY_FUZZ_TARGET(prometheus, data, size) {
  const std::string_view body{fuzz::text(data, size)};
  const auto single = prometheus::parse_instant_answer(body, "");
  if (single) SPILLWAY_ASSERT(single->samples.size() <= 1);
  (void)prometheus::parse_instant_answer(body, "app").has_value();
  if (const auto number = prometheus::parse_number(body)) {
    SPILLWAY_ASSERT(std::isnan(*number) || *number <= *number);
  }
  if (const auto points = prometheus::parse_range_answer(body)) {
    for (std::size_t i{1}; i < points->size(); ++i) {
      SPILLWAY_ASSERT((*points)[i - 1].at < (*points)[i].at);
    }
  }
  return 0;
}

}  // namespace spillway::fuzz_prometheus
