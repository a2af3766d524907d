// Cron expressions with five fields: minute, hour, day of month, month, day of week. Pure.
//
//   30 8 * * mon-fri     half past eight on working days        */15 9-17 1,15 * *     0 0 1 jan *
//
// Numbers, names, lists, ranges and steps; Sunday is 0 and 7. As in every cron since Vixie's, a
// day matches by either of its fields if both are restricted, by both otherwise. `@daily`,
// `@hourly`, `@weekly`, `@monthly` and `@yearly` are known, `@reboot` is not.
// Source: crontab(5), Vixie cron.
#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "policies/latency/time_zone.hpp"

namespace spillway {

class Cron {
 public:
  /// Nothing, and the reason in `problem` as the end of a sentence, if `text` is no expression.
  static std::optional<Cron> parse(std::string_view text, std::string* problem = nullptr);

  bool matches_day(std::chrono::local_days day) const;

  /// The last time of day on `day` that is not after `limit`; nothing if the day does not match.
  std::optional<std::chrono::minutes> last_of(std::chrono::local_days day,
                                              std::chrono::minutes limit) const;

 private:
  std::bitset<60> minutes_{};
  std::bitset<24> hours_{};
  std::bitset<32> days_{};
  std::bitset<13> months_{};
  std::bitset<7> weekdays_{};
  bool has_days_{false};
  bool has_weekdays_{false};
};

/// The last instant at or before `now` at which `cron` fires on the clocks of `zone`, looking back
/// at least `reach`; nothing if there is none. A time that a change of the clocks skips fires at
/// the change; one that comes twice fires the first time.
std::optional<TimePoint> last_firing(const Cron& cron, const TimeZone& zone, TimePoint now,
                                     Duration reach);

}  // namespace spillway
