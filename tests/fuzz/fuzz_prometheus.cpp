// Prometheus' answers to instant queries, with and without a label to join by.

#include <cmath>

#include "metrics/prometheus/instant_answer.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spillway;
  const std::string_view body{fuzz::text(data, size)};
  const auto single = prometheus::parse_instant_answer(body, "");
  if (single) SPILLWAY_ASSERT(single->samples.size() <= 1);
  (void)prometheus::parse_instant_answer(body, "app").has_value();
  if (const auto number = prometheus::parse_number(body)) {
    SPILLWAY_ASSERT(std::isnan(*number) || *number <= *number);
  }
  return 0;
}
