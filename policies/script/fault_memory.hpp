// What the policy of a script keeps while the script fails: the script's own memory as it was, and
// since when it fails, behind a mark that no script can return.
#pragma once

#include <optional>

#include "controller/core/recommendation.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct FaultMemory {
  Memory of_script{};
  std::optional<TimePoint> failing_since{};  ///< nothing: it did not fail the last time

  /// Any numbers: what does not end as a fault does is the script's.
  static FaultMemory of(const Memory& kept);

  Memory memory() const;
};

}  // namespace spillway
