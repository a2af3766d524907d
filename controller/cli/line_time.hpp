// Whether the time of a line of `spillway decide` is to be believed. Lines come in the order of
// time, and one that is wrong must not spoil those that follow:
//
//   more than a day ahead     refused once; the next line that is there as well is believed
//   before the last believed  refused twice in a row; the third line is believed, as after a clock
//                             that was set back, and what was learned at other times is forgotten
#pragma once

#include <chrono>
#include <optional>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway::cli {

class LineTime {
 public:
  static constexpr std::chrono::hours farthest_ahead{24};
  static constexpr int refused_behind{2};

  enum class Step {
    forward,  ///< at or after the line before
    anew,     ///< before it, and believed: whoever remembers instants must forget them
  };

  /// Call once for each line with a readable time. Error: malformed, the line cannot be used.
  Result<Step> see(TimePoint at);

  /// The time of the last line that was believed.
  std::optional<TimePoint> last() const { return last_; }

 private:
  std::optional<TimePoint> last_{};
  std::optional<TimePoint> doubted_{};  ///< of the last line, which was refused
  int behind_{0};                       ///< refused in a row, each at or after the one before
};

}  // namespace spillway::cli
