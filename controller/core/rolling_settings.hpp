// How a changed template reaches the groups that run, and when it is taken back.
#pragma once

#include <optional>
#include <string>

#include "controller/core/rolling.hpp"

namespace spillway {

struct RollingSettings {
  bool is_enabled{true};
  RollLimits limits{};
  /// Groups of a new template that never serve, or stop serving, until it is taken back.
  int failures_max{2};
  /// A signal whose rise takes it back as well, such as the share of failed requests.
  std::string error_signal{};
  /// A rise is what exceeds both: errors that there were before are not the update's.
  double error_max{0.05};
  double error_rise{2.0};  ///< times the level before the update began

  bool operator==(const RollingSettings&) const = default;
};

}  // namespace spillway
