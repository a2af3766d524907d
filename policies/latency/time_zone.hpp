// The rules of a time zone as a plain table: from when on which offset to UTC holds. Pure: the
// bytes of a TZif file (RFC 8536, what /usr/share/zoneinfo holds) are handed in by the one who read
// it.
//
//   2026-03-29T01:00:00Z  +02:00   Berlin: 02:00 becomes 03:00, and a local 02:30 does not exist
//   2026-10-25T01:00:00Z  +01:00   Berlin: 03:00 becomes 02:00, and a local 02:30 exists twice
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway {

/// An instant as clocks on the wall show it.
using LocalTime = std::chrono::local_time<std::chrono::seconds>;

class TimeZone {
 public:
  struct Transition {
    std::chrono::sys_seconds at{};  ///< from here on
    std::chrono::seconds offset{};  ///< local = UTC + offset

    bool operator==(const Transition&) const = default;
  };

  TimeZone() = default;  ///< UTC
  /// `first` holds before the first of `transitions`, which are in the order of time.
  TimeZone(std::chrono::seconds first, std::vector<Transition> transitions);

  std::chrono::seconds offset_at(TimePoint instant) const;
  LocalTime to_local(TimePoint instant) const;

  /// When the clocks show `local`. A time that a change of the clocks skips is the instant of that
  /// change; of one that comes twice, the first.
  TimePoint to_utc(LocalTime local) const;

  const std::vector<Transition>& transitions() const { return transitions_; }

  bool operator==(const TimeZone&) const = default;

 private:
  std::chrono::seconds first_{};
  std::vector<Transition> transitions_{};
};

/// A zone, or why the bytes are none.
struct ParsedZone {
  std::optional<TimeZone> zone{};
  std::string problem{};  ///< the end of a sentence: "is cut short"
};

/// Reads a TZif file, any version; the rule in its footer is written out until the year 2100. Any
/// bytes give a zone or a problem.
ParsedZone parse_tzif(std::string_view bytes);

/// Appends the transitions that a POSIX rule such as `CET-1CEST,M3.5.0,M10.5.0/3` gives after
/// `after`, until the end of `last_year`. False if it is no such rule.
bool append_posix_rule(std::vector<TimeZone::Transition>& transitions, std::string_view rule,
                       std::chrono::sys_seconds after, int last_year);

/// `Europe/Berlin`, `UTC`: letters, digits, - _ + and single slashes, never a way out of a folder.
bool is_zone_name(std::string_view text);

}  // namespace spillway
