// Log lines for calls that are held back for a while, by Azure (429) or by our own pacing. At scale
// they come by the hundred in a minute and mean one thing, so they are told by kind of call and by
// where it goes: the first at once, then at most a line a minute with the count. Counts nothing for
// metrics.
#pragma once

#include <compare>
#include <map>
#include <string>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway::wiring {

/// Azure counts calls by kind, subscription and region: so does the log.
struct ThrottledKind {
  std::string call{};
  std::string where{};         ///< the region, or the subject where there is none
  std::string subscription{};  ///< empty: not known

  auto operator<=>(const ThrottledKind&) const = default;
};

class ThrottleLog {
 public:
  /// A call of this kind was put off at `now`. Writes `CallsThrottled` if it is the first.
  void on_throttled(const ThrottledKind& kind, const Error& error, TimePoint now);

  /// Writes what is due: a count for each kind that went on for a minute, and `ThrottlingEnded` for
  /// each that was put off no more for a minute. To be called each tick.
  void tick(TimePoint now);

 private:
  struct Spell {
    TimePoint since{};
    TimePoint last{};     ///< of its calls
    TimePoint told_at{};  ///< the last line
    int untold{0};        ///< calls since that line
    int count{0};         ///< of the whole spell
    std::string error{};  ///< of the last call
    std::string advice{};
  };

  void tell(const ThrottledKind& kind, Spell& spell, TimePoint now);

  std::map<ThrottledKind, Spell> spells_{};
};

}  // namespace spillway::wiring
