// One line of `spillway decide`'s input, and one of its output: JSON both, foreign bytes the first.
//
//   {"at": 30, "load": 142.5, "utilization": 0.81, "queue": 0, "late": 0.002,
//    "base": {"ready": 8}, "vms": {"ready": 0, "starting": 1},
//    "burst": {"ready": 4, "starting": 2, "draining": 0},
//    "start": {"median_s": 31, "p95_s": 54},
//    "standby": {"ready": 2, "starting": 1, "start_s": 5},
//    "price": 0.0594, "spend": {"hour": 0.21, "day": 3.4, "month": 61}}
//
// `at` is in seconds and must not go back (see `LineTime`); `load` in requests per second;
// `utilization` a share, more than 1 (to 10) where it is measured by what was requested; `late` a
// share of the last window's requests. `base` and `burst` count replicas, `vms` counts machines.
// `start` is what a burst replica takes from its create until it serves; `standby` counts replicas
// that run beside `burst` and are handed out within `start_s`. `price` is what a burst replica
// costs, in USD per hour; `spend` what the burst has cost in the calendar hour, day and month (UTC)
// of `at`, in USD. A signal of the workload's own, such as the jobs that a queue policy reads, has
// its name as its key. Keys that are not known are ignored, and told (see `unknown_keys`).
//
// Missing (`null`, absent, or the NaN and Infinity that some writers of JSON use) is not zero:
//
//   a signal, `base`, `burst`, their `ready`   unknown: nothing shrinks on this line
//   `vms` that is null, its `ready`            likewise
//   `starting`, `draining` that are absent     the driver does not count them: 0; `null` is unknown
//   `vms` that is absent                       as on the line before, and none if there was no line
//   `start`                                    see `SeenStarts`
//   `standby`, its `ready`                     none is counted upon
//   `price`, `spend`, each of its keys         as it was told last; until then a price is unknown,
//                                              and nothing was spent (nor in a new period)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/decision.hpp"
#include "controller/core/error.hpp"
#include "controller/core/snapshot.hpp"

namespace spillway::cli {

/// The longest line that is read: a hundred times what the keys above can need.
inline constexpr std::size_t longest_line{64 * 1024};

/// What a line says. A part of the fleet that is unknown is absent in `snapshot.fleet`.
struct Observation {
  /// Extra machines: an absent section, one that counts them, one that could not count them.
  enum class Vms { absent, counted, unknown };

  /// What the line says of money; nothing: as it was told last.
  struct Told {
    std::optional<HourlyPrice> price{};
    std::optional<Money> hour{};
    std::optional<Money> day{};
    std::optional<Money> month{};
  };

  Snapshot snapshot{};
  Vms vms{Vms::absent};
  bool tells_start{false};  ///< `snapshot.start_times` is from the line
  Told money{};
  std::vector<std::string> unknown{};  ///< keys that are ignored: `laod`, `base.redy`
};

/// For whom a line is.
struct Observed {
  std::string workload{};
  int replicas_per_vm{1};              ///< turns machines into replicas
  std::vector<std::string> signals{};  ///< those of its own, beside load, utilization, queue, late
};

/// The observation that a line describes. Errors: `malformed`, `too_large`, with what was found and
/// what was expected.
Result<Observation> parse_observation(std::string_view line, const Observed& of);

/// `{"at":30,"burst":6,"vms":1,"because":"LoadOverTarget","trail":[...]}` without a line end. The
/// trail begins with what each policy asked for, and goes on with each step that looked at it.
std::string decision_line(const Decision& decision, int replicas_per_vm);

/// The answer to a line that could not be used: the counts stay as they are, and `error` says why.
/// `at` is that of the line before, `null` without one.
std::string refusal_line(std::optional<TimePoint> at, const Decision& last, int replicas_per_vm,
                         std::string_view error);

}  // namespace spillway::cli
