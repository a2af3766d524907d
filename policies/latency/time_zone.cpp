#include "policies/latency/time_zone.hpp"

#include <algorithm>
#include <utility>

namespace spillway {

using Seconds = std::chrono::seconds;
using std::chrono::sys_seconds;

TimeZone::TimeZone(Seconds first, std::vector<Transition> transitions)
    : first_{first}, transitions_{std::move(transitions)} {}

Seconds TimeZone::offset_at(TimePoint instant) const {
  const auto second{std::chrono::floor<Seconds>(instant)};
  const auto next{std::ranges::upper_bound(transitions_, second, {}, &Transition::at)};
  return next == transitions_.begin() ? first_ : std::prev(next)->offset;
}

LocalTime TimeZone::to_local(TimePoint instant) const {
  const auto second{std::chrono::floor<Seconds>(instant)};
  return LocalTime{second.time_since_epoch() + offset_at(instant)};
}

TimePoint TimeZone::to_utc(LocalTime local) const {
  const sys_seconds as_utc{local.time_since_epoch()};
  // The offset in force is that of the last period in which the clocks had begun to show `local`.
  Seconds offset{first_};
  for (auto next{std::ranges::lower_bound(transitions_, as_utc - std::chrono::hours{48}, {},
                                          &Transition::at)};
       ; ++next) {
    offset = next == transitions_.begin() ? first_ : std::prev(next)->offset;
    const sys_seconds candidate{as_utc - offset};
    if (next == transitions_.end() || candidate < next->at) {
      // Skipped: this period would show it only before it has begun.
      if (next != transitions_.begin() && candidate < std::prev(next)->at) {
        return std::prev(next)->at;
      }
      return candidate;
    }
  }
}

bool is_zone_name(std::string_view text) {
  const auto is_plain{[](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '+' || c == '/';
  }};
  return !text.empty() && text.size() <= 64 && text.front() != '/' && text.back() != '/' &&
         text.find("//") == text.npos && std::ranges::all_of(text, is_plain);
}

}  // namespace spillway
