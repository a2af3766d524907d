// Small traces for tests, as values.
#pragma once

#include <utility>
#include <vector>

#include "controller/backtest/load.hpp"

namespace spillway::backtest {

/// Bins of `step` with these values.
inline LoadTrace trace_of(std::vector<double> values, Duration step) {
  LoadTrace trace{.name = "test", .values = std::move(values)};
  trace.times.reserve(trace.values.size());
  for (std::size_t i{0}; i < trace.values.size(); ++i) {
    trace.times.push_back(step * static_cast<Duration::rep>(i));
  }
  return trace;
}

}  // namespace spillway::backtest
