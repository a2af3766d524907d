// One line of `spillway decide`'s input, and one of its output: JSON both, foreign bytes the first.
//
//   {"at": 30, "load": 142.5, "utilization": 0.81, "queue": 0, "late": 0.002,
//    "base": {"ready": 8}, "vms": {"ready": 0, "starting": 1},
//    "burst": {"ready": 4, "starting": 2, "draining": 0}}
//
// `at` is in seconds and must not go back; `load` in requests per second, `late` a share of the
// last window's requests. `null` or absent means missing, which is not zero. `base` and `burst`
// count replicas, `vms` counts machines. Keys that are not listed are ignored.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/decision.hpp"
#include "controller/core/error.hpp"
#include "controller/core/snapshot.hpp"

namespace spillway::cli {

/// The longest line that is read: a hundred times what the keys above can need.
inline constexpr std::size_t longest_line{64 * 1024};

/// The snapshot that a line describes. `replicas_per_vm` turns machines into replicas. Errors:
/// `malformed`, `too_large`, with what was found and what was expected.
Result<Snapshot> parse_observation(std::string_view line, const std::string& workload,
                                   int replicas_per_vm);

/// `{"at":30,"burst":6,"vms":1,"because":"LoadOverTarget","trail":[...]}` without a line end. The
/// trail begins with what each policy asked for, and goes on with each step that looked at it.
std::string decision_line(const Decision& decision, int replicas_per_vm);

}  // namespace spillway::cli
