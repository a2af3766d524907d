// Whether an address serves, from its probes in a row: a pure function, so that one lost packet
// does not take a machine out and one lucky answer does not bring it back.
#pragma once

#include <optional>

namespace spillway::static_vms {

struct Health {
  std::optional<bool> is_up{};  ///< nothing before the first probe
  int against{0};               ///< probes in a row that contradict `is_up`

  bool operator==(const Health&) const = default;
};

/// The first probe decides at once. Later, `fall` failures in a row take an address that is up
/// down, and `rise` successes bring it back.
constexpr Health after_probe(Health before, bool has_passed, int fall, int rise) {
  if (!before.is_up || *before.is_up == has_passed) return {.is_up = has_passed};
  const int against{before.against + 1};
  const int needed{*before.is_up ? fall : rise};
  if (against >= needed) return {.is_up = has_passed};
  return {.is_up = before.is_up, .against = against};
}

}  // namespace spillway::static_vms
