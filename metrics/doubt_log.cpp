#include "metrics/doubt_log.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "controller/io/log.hpp"

namespace spillway {
namespace {

/// A ratio of something that is idle now and then comes and goes with the requests.
constexpr Duration over_after{std::chrono::minutes{5}};
/// For workloads that join a doubt that was told.
constexpr Duration between_doubt_lines{std::chrono::minutes{10}};
constexpr std::size_t names_told{3};

/// What to do about a doubt; empty for those that are told elsewhere or mend themselves.
std::string_view remedy(Doubt doubt) {
  switch (doubt) {
    case Doubt::not_a_number:
      return "such a reading holds the count: give the query a value at rest, such as "
             "a / clamp_min(b, 1e-9) for a ratio whose b may be 0";
    case Doubt::infinite:
      return "such a reading holds the count: let the query not divide by 0, such as "
             "a / clamp_min(b, 1e-9)";
    case Doubt::negative:
      return "such a reading holds the count: correct the query, or set may_be_negative";
    case Doubt::from_the_future:
      return "such a reading holds the count: set the clocks of this machine, of the metric source "
             "and of what it scrapes by NTP";
    case Doubt::source_failed:
      return "such a reading holds the count: correct the query of this signal; the source answers "
             "others";
    case Doubt::several_series:
      return "these workloads hold their count, the others read on: let the query give one series "
             "for each value of the join label";
    default:
      return {};
  }
}

std::string some_of(const std::set<std::string>& names) {
  std::string list{};
  std::size_t count{0};
  for (const std::string& name : names) {
    if (count++ == names_told) return list + ", ...";
    list += (list.empty() ? "" : ", ") + name;
  }
  return list;
}

}  // namespace

void DoubtLog::note(const std::string& source, const std::string& signal, Doubt doubt,
                    const std::string& workload, const std::string& why) {
  if (remedy(doubt).empty()) return;
  Spell& spell{spells_[Kind{source, signal, doubt}]};
  if (spell.workloads.empty()) spell.why = why;
  spell.workloads.insert(workload);
}

bool DoubtLog::is_news(const Spell& spell, TimePoint now) {
  if (spell.workloads.empty()) return false;
  if (spell.told.empty()) return true;
  const bool has_joined{!std::ranges::includes(spell.told, spell.workloads)};
  return has_joined && now - spell.told_at >= between_doubt_lines;
}

void DoubtLog::write(const Kind& kind, Spell& spell, TimePoint now) {
  io::log_event(io::LogLevel::warning, "ReadingsDoubted",
                {{"source", kind.source},
                 {"signal", kind.signal},
                 {"doubt", to_string(kind.doubt)},
                 {"count", spell.workloads.size()},
                 {"workloads", some_of(spell.workloads)},
                 {"why", spell.why},
                 {"advice", remedy(kind.doubt)}});
  spell.told_at = now;
  spell.told.insert(spell.workloads.begin(), spell.workloads.end());
}

void DoubtLog::tell(TimePoint now) {
  for (auto& [kind, spell] : spells_) {
    const bool is_new{spell.told.empty()};
    if (is_new) spell.since = now;
    if (is_news(spell, now)) write(kind, spell, now);
    if (!spell.workloads.empty()) spell.last = now;
    spell.workloads.clear();
    if (now - spell.last < over_after) continue;
    io::log_event(io::LogLevel::info, "ReadingsBelieved",
                  {{"source", kind.source},
                   {"signal", kind.signal},
                   {"doubt", to_string(kind.doubt)},
                   {"since", spell.since}});
  }
  std::erase_if(spells_, [now](const auto& each) { return now - each.second.last >= over_after; });
}

}  // namespace spillway
