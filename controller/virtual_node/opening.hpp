// Whether the virtual node takes new pods: only while the cluster is full. Pure.
#pragma once

#include <optional>

#include "controller/core/units.hpp"

namespace spillway::virtual_node {

struct Opening {
  bool is_open{false};
  std::optional<TimePoint>
      calm_since{};  ///< since when no pod waits for a place; nothing: one does

  bool operator==(const Opening&) const = default;
};

/// Opens at once when a pod that tolerates the node finds no other; closes once none has waited for
/// `close_after`. `waiting` is nothing while the cluster cannot be read: then it stays as it is.
inline Opening after_look(Opening before, std::optional<int> waiting, TimePoint now,
                          Duration close_after) {
  if (!waiting) return before;
  if (*waiting > 0) return {.is_open = true};
  const TimePoint since{before.calm_since.value_or(now)};
  const bool is_over{now - since >= close_after};
  return {.is_open = before.is_open && !is_over, .calm_since = since};
}

}  // namespace spillway::virtual_node
