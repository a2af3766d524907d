// Whether the virtual node takes new pods: only while the cluster is full, be it that pods find no
// place or that a policy says so. Pure.
#pragma once

#include <optional>

#include "controller/core/units.hpp"

namespace spillway::virtual_node {

struct Opening {
  bool is_open{false};
  std::optional<TimePoint> calm_since{};  ///< since when nobody wants it; nothing: somebody does

  bool operator==(const Opening&) const = default;
};

/// Who wants the node to be open. Nothing: it cannot be known now.
struct OpeningWish {
  std::optional<int> waiting{};  ///< pods that tolerate the node and find no other
  std::optional<int> wanting{};  ///< workloads whose policies want more than their base has

  bool operator==(const OpeningWish&) const = default;
};

/// Opens at once when somebody wants it; closes once nobody has for `close_after`. While one of the
/// two is not known, it may open by the other, and never closes.
inline Opening after_look(Opening before, const OpeningWish& wish, TimePoint now,
                          Duration close_after) {
  const bool is_wanted{wish.waiting.value_or(0) > 0 || wish.wanting.value_or(0) > 0};
  if (is_wanted) return {.is_open = true};
  if (!wish.waiting || !wish.wanting) return before;
  const TimePoint since{before.calm_since.value_or(now)};
  const bool is_over{now - since >= close_after};
  return {.is_open = before.is_open && !is_over, .calm_since = since};
}

}  // namespace spillway::virtual_node
