// Whether groups that fail their probes are broken, or the way from here to them is. One that fails
// alone is broken. When most of a region fail together, as they do when a route, a peering or a
// firewall between Spillway and them breaks while the balancers still reach them, deleting them all
// would make an outage out of nothing, and their replacements would never pass either.
// Pure: time and counts are passed in.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "controller/core/units.hpp"

namespace spillway {

/// How many groups of one workload in one region serve, and how many of them fail their probes.
struct ProbeCount {
  int serving{0};
  int failing{0};
  int replaced{0};  ///< those that serve in other regions, created since `let_go_since`
};

class ProbeDoubts {
 public:
  /// Groups that fail within this count as failing together: a few probes.
  static constexpr Duration together{std::chrono::seconds{30}};
  /// A short break of the route ends by itself; then one group is let go as a test: if the one that
  /// takes its place passes, the rest is believed broken as well.
  static constexpr Duration patience{std::chrono::minutes{1}};
  /// Nothing fails there any more once the last has left: how long the region stays suspect. As
  /// long as a start may take that shows whether it is back.
  static constexpr Duration suspicion{std::chrono::minutes{10}};

  /// A probe passed at `where` (a workload and a region): the way there is good.
  void note_passed(const std::string& where, TimePoint now);

  /// A group at `where` has failed as many probes as are allowed; `count` includes it. True:
  /// believe it, and let it go. In doubt, which begins with two groups and more than `share` of
  /// those that serve, false, but for
  ///   - one after `patience`, and again after each `retry`, as nothing passes;
  ///   - as soon as others serve elsewhere in the place of all that were let go, as many again, and
  ///     at most `share` of both: where nothing may run beside them, ten leave a dark region in
  ///     batches of 1, 1, 2, 3 and 3, each of which takes as long as a start;
  ///   - at most `share` of them (at least one) within `together`, once a probe has passed there.
  bool may_let_go(const std::string& where, const ProbeCount& count, double share, Duration retry,
                  TimePoint now);

  bool is_doubted(const std::string& where) const;
  /// When the first of those in doubt was let go; nothing before that.
  std::optional<TimePoint> let_go_since(const std::string& where) const;
  /// Whether groups at `where` failed together a short while ago: not the place for new ones.
  bool is_suspect(const std::string& where, TimePoint now) const;

  /// They do not fail together any more.
  void end(const std::string& where);

 private:
  struct Scope {
    std::deque<TimePoint> let_go{};
    std::optional<TimePoint> doubted_since{};
    TimePoint doubted_at{};  // last
    std::optional<TimePoint> passed_at{};
    std::optional<TimePoint> tested_at{};
    std::optional<TimePoint> let_go_since{};  // in this doubt, as is the next
    int let_go_in_doubt{0};
  };
  std::map<std::string, Scope> scopes_{};
};

}  // namespace spillway
