// Recorded loads in CSV.

#include "metrics/file/trace.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_trace {

SPILLWAY_FUZZ_TARGET(trace, data, size) {
  const auto trace = file::parse_trace(fuzz::text(data, size));
  if (!trace) return 0;
  SPILLWAY_ASSERT(trace->columns.size() == trace->values.size());
  for (const auto& column : trace->values) SPILLWAY_ASSERT(column.size() == trace->times.size());
  for (std::size_t row{1}; row < trace->times.size(); ++row) {
    SPILLWAY_ASSERT(trace->times[row - 1] < trace->times[row]);
  }
  if (!trace->times.empty()) SPILLWAY_ASSERT(trace->end() >= trace->times.back());
  return 0;
}

}  // namespace spillway::fuzz_trace
