#include "controller/wiring/throttle_log.hpp"

#include <utility>

#include "controller/io/log.hpp"

namespace spillway::wiring {
namespace {

/// Long enough for a log that people read, short enough to see whether it gets better.
constexpr Duration between_lines{std::chrono::minutes{1}};

io::LogFields fields_of(const ThrottledKind& kind) {
  io::LogFields fields{};
  fields.push_back({"call", kind.call});
  fields.push_back({"where", kind.where});
  if (!kind.subscription.empty()) fields.push_back({"subscription", kind.subscription});
  return fields;
}

}  // namespace

void ThrottleLog::on_throttled(const ThrottledKind& kind, const Error& error, TimePoint now) {
  const auto [at, is_new]{spells_.try_emplace(kind)};
  Spell& spell{at->second};
  spell.last = now;
  spell.error = to_string(error);
  spell.advice = advice(error);
  ++spell.count;
  ++spell.untold;
  if (!is_new) return;
  spell.since = now;
  tell(kind, spell, now);
}

void ThrottleLog::tell(const ThrottledKind& kind, Spell& spell, TimePoint now) {
  io::LogFields fields{fields_of(kind)};
  fields.push_back({"calls", std::exchange(spell.untold, 0)});
  fields.push_back({"error", spell.error});
  fields.push_back({"advice", spell.advice});
  io::log_event(io::LogLevel::warning, "CallsThrottled", fields);
  spell.told_at = now;
}

void ThrottleLog::tick(TimePoint now) {
  for (auto& [kind, spell] : spells_) {
    // Calls go through between those that do not: only a minute without any is an end.
    const bool has_ended{now - spell.last >= between_lines};
    const bool is_due{spell.untold > 0 && now - spell.told_at >= between_lines};
    if (is_due && !has_ended) tell(kind, spell, now);
    if (!has_ended) continue;
    io::LogFields fields{fields_of(kind)};
    fields.push_back({"calls", spell.count});
    fields.push_back({"since", spell.since});
    io::log_event(io::LogLevel::info, "ThrottlingEnded", fields);
  }
  std::erase_if(spells_,
                [now](const auto& each) { return now - each.second.last >= between_lines; });
}

}  // namespace spillway::wiring
