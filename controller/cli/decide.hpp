// The decision core as a filter, on any pair of streams: a line in, a line out, flushed.
#pragma once

#include <iosfwd>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/cli/line_time.hpp"
#include "controller/cli/observation.hpp"
#include "controller/cli/seen_starts.hpp"
#include "controller/settings/config.hpp"
#include "policies/decide.hpp"

namespace spillway::cli {

/// What is decided for, and how its machines count.
struct FilterSettings {
  std::string workload{};
  DecisionPolicy policy{};
  int replicas_per_vm{1};
  std::vector<std::string> signals{};  ///< of the workload's own
};

/// How a config's workload decides. The workload is there.
FilterSettings filter_settings(const settings::Config& config, const std::string& workload);

/// Answers line after line; what it has seen and decided goes on from one to the next.
class DecisionFilter {
 public:
  explicit DecisionFilter(FilterSettings settings)
      : settings_{std::move(settings)},
        observed_{settings_.workload, settings_.replicas_per_vm, settings_.signals} {}

  /// The answer to a line, without a line end. Error: the line cannot be used; nothing has changed.
  Result<std::string> answer(std::string_view line);

  /// What to answer to a line that cannot be used: the counts as they are, null before the first
  /// decision, and the error.
  std::string refusal(std::string_view error) const;

  /// What to say of keys that were on a line for the first time since the last call, and that
  /// nobody reads; at most a few dozen in all.
  std::vector<std::string> remarks() { return std::exchange(remarks_, {}); }

 private:
  /// Machines of which the line does not speak are those of the line before. If it says that it
  /// cannot count them, the fleet is in doubt, and nothing shrinks.
  void complete_machines(Observation& seen);

  /// What the line does not say of money is as it was told last; nothing was spent in a period
  /// that has begun since.
  void complete_money(Observation& seen);

  void remark_on(const std::vector<std::string>& unknown);

  FilterSettings settings_;
  Observed observed_;
  std::set<std::string> remarked_{};
  std::vector<std::string> remarks_{};
  History history_{};
  Decision last_{};
  LineTime time_{};
  VmPool machines_{};
  HourlyPrice price_{};
  Spend spend_{};
  TimePoint spend_at_{};
  SeenStarts starts_{};
};

/// Answers each line of `in` on `out` until the end, keeping the history from line to line. Empty
/// lines are skipped. A line that is no observation, or whose time is not believed (`LineTime`), is
/// answered as well: the counts stay as they are, the answer has an `error`, and `errors` gets the
/// number of the line (of the first twenty). Returns the exit code: `exit_ok`, `exit_usage` if
/// there was such a line, `exit_error` if `out` takes no more.
int decide_lines(const FilterSettings& settings, std::istream& in, std::ostream& out,
                 std::ostream& errors);

}  // namespace spillway::cli
