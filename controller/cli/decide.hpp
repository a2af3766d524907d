// The decision core as a filter, on any pair of streams: a line in, a line out, flushed.
#pragma once

#include <iosfwd>
#include <string>

#include "policies/decide.hpp"

namespace spillway::cli {

/// What is decided for, and how its machines count.
struct FilterSettings {
  std::string workload{};
  DecisionPolicy policy{};
  int replicas_per_vm{1};
};

/// Answers each line of `in` on `out` until the end, keeping the history from line to line. Empty
/// lines are skipped. The first line that is not an observation ends it: all before are answered,
/// `errors` gets the number of the line and what was expected. Returns the exit code: `exit_ok`,
/// `exit_usage` for a bad line, `exit_error` if `out` takes no more.
int decide_lines(const FilterSettings& settings, std::istream& in, std::ostream& out,
                 std::ostream& errors);

}  // namespace spillway::cli
