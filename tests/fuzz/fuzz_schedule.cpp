// Time zone files, the rules in their footers, and cron expressions.

#include "policies/latency/cron.hpp"
#include "policies/latency/time_zone.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_schedule {

SPILLWAY_FUZZ_TARGET(schedule, data, size) {
  const std::string_view text{fuzz::text(data, size)};
  const TimePoint now{std::chrono::milliseconds{1'795'444'200'000}};
  std::vector<TimeZone::Transition> transitions{};
  (void)append_posix_rule(transitions, text, {}, 2100);
  const ParsedZone parsed{parse_tzif(text)};
  SPILLWAY_ASSERT(parsed.zone.has_value() == parsed.problem.empty());
  const TimeZone zone{parsed.zone.value_or(TimeZone{})};
  (void)zone.to_utc(zone.to_local(now));
  if (const auto cron{Cron::parse(text)}) {
    const auto fired{last_firing(*cron, zone, now, std::chrono::hours{48})};
    SPILLWAY_ASSERT(!fired || *fired <= now);
  }
  return 0;
}

}  // namespace spillway::fuzz_schedule
