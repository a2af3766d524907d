#include "policies/latency/cron.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

namespace spillway {
namespace {

using std::chrono::local_days;
using std::chrono::minutes;

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed",
                                                        "thu", "fri", "sat"};

struct FieldRule {
  std::string_view name;
  int low;
  int high;
  std::span<const std::string_view> names{};
};

std::string lower(std::string_view text) {
  std::string small{text};
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts{};
  for (;;) {
    const std::size_t end{text.find(separator)};
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words{};
  for (const std::string_view word : split(text, ' ')) {
    if (!word.empty()) words.push_back(lower(word));
  }
  return words;
}

std::optional<int> parse_value(std::string_view text, const FieldRule& rule) {
  const auto name{std::ranges::find(rule.names, text)};
  if (name != rule.names.end()) return rule.low + static_cast<int>(name - rule.names.begin());
  int value{};
  const auto read{std::from_chars(text.data(), text.data() + text.size(), value)};
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  if (value < rule.low || value > rule.high) return std::nullopt;
  return value;
}

/// One element of a list: `*`, `5`, `1-5`, `*/15`, `10-40/10`.
template <std::size_t size>
bool parse_element(std::string_view text, const FieldRule& rule, std::bitset<size>& bits) {
  const auto parts{split(text, '/')};
  if (parts.size() > 2) return false;
  int step{1};
  if (parts.size() == 2) {
    const auto read{parse_value(parts[1], {.name = "step", .low = 1, .high = 60})};
    if (!read) return false;
    step = *read;
  }
  int first{rule.low};
  int last{rule.high};
  if (parts[0] != "*") {
    const auto ends{split(parts[0], '-')};
    const auto low{parse_value(ends[0], rule)};
    if (ends.size() > 2 || !low) return false;
    const auto high{ends.size() == 2 ? parse_value(ends[1], rule) : low};
    if (!high || *high < *low) return false;
    first = *low;
    last = ends.size() == 1 && parts.size() == 2 ? rule.high : *high;
  }
  for (int value{first}; value <= last; value += step) {
    bits.set(static_cast<std::size_t>(value));
  }
  return true;
}

template <std::size_t size>
bool parse_field(std::string_view text, const FieldRule& rule, std::bitset<size>& bits,
                 std::string* problem) {
  for (const std::string_view element : split(text, ',')) {
    if (parse_element(element, rule, bits)) continue;
    if (problem) {
      *problem = fmt::format("\"{}\" is no {} ({} to {})", element, rule.name, rule.low, rule.high);
    }
    return false;
  }
  return true;
}

/// True if one of `days` exists in one of `months`, be it in leap years alone.
bool has_a_date(const std::bitset<32>& days, const std::bitset<13>& months) {
  constexpr std::array<std::size_t, 13> longest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::size_t first{1};
  while (first < days.size() && !days.test(first)) ++first;
  for (std::size_t month{1}; month < months.size(); ++month) {
    if (months.test(month) && first <= longest[month]) return true;
  }
  return false;
}

std::string_view expanded(std::string_view text) {
  if (text == "@hourly") return "0 * * * *";
  if (text == "@daily" || text == "@midnight") return "0 0 * * *";
  if (text == "@weekly") return "0 0 * * 0";
  if (text == "@monthly") return "0 0 1 * *";
  if (text == "@yearly" || text == "@annually") return "0 0 1 1 *";
  return text;
}

}  // namespace

std::optional<Cron> Cron::parse(std::string_view text, std::string* problem) {
  const auto words{words_of(expanded(text))};
  if (words.size() != 5) {
    if (problem) *problem = fmt::format("has {} fields instead of 5", words.size());
    return std::nullopt;
  }
  Cron cron{};
  std::bitset<8> weekdays{};
  const bool is_read{
      parse_field(words[0], {.name = "minute", .low = 0, .high = 59}, cron.minutes_, problem) &&
      parse_field(words[1], {.name = "hour", .low = 0, .high = 23}, cron.hours_, problem) &&
      parse_field(words[2], {.name = "day of the month", .low = 1, .high = 31}, cron.days_,
                  problem) &&
      parse_field(words[3], {.name = "month", .low = 1, .high = 12, .names = month_names},
                  cron.months_, problem) &&
      parse_field(words[4],
                  {.name = "day of the week", .low = 0, .high = 7, .names = weekday_names},
                  weekdays, problem)};
  if (!is_read) return std::nullopt;
  for (std::size_t i{0}; i < 8; ++i) {
    if (weekdays.test(i)) cron.weekdays_.set(i % 7);
  }
  cron.has_days_ = !words[2].starts_with('*');
  cron.has_weekdays_ = !words[4].starts_with('*');
  const bool is_by_date{!cron.has_days_ || !cron.has_weekdays_};  // else a weekday is enough
  if (is_by_date && !has_a_date(cron.days_, cron.months_)) {
    if (problem) *problem = "never comes: no such month has such a day";
    return std::nullopt;
  }
  return cron;
}

bool Cron::matches_day(local_days day) const {
  const std::chrono::year_month_day date{day};
  const std::chrono::weekday weekday{day};
  if (!months_.test(static_cast<unsigned>(date.month()))) return false;
  const bool by_day{days_.test(static_cast<unsigned>(date.day()))};
  const bool by_weekday{weekdays_.test(weekday.c_encoding())};
  return has_days_ && has_weekdays_ ? by_day || by_weekday : by_day && by_weekday;
}

std::optional<minutes> Cron::last_of(local_days day, minutes limit) const {
  if (!matches_day(day) || limit < minutes{0}) return std::nullopt;
  const int last{static_cast<int>(std::min<minutes>(limit, minutes{24 * 60 - 1}).count())};
  for (int hour{last / 60}; hour >= 0; --hour) {
    if (!hours_.test(static_cast<std::size_t>(hour))) continue;
    for (int minute{hour == last / 60 ? last % 60 : 59}; minute >= 0; --minute) {
      if (minutes_.test(static_cast<std::size_t>(minute))) return minutes{60 * hour + minute};
    }
  }
  return std::nullopt;
}

std::optional<TimePoint> last_firing(const Cron& cron, const TimeZone& zone, TimePoint now,
                                     Duration reach) {
  const LocalTime local{zone.to_local(now)};
  // A day beyond the reach: clocks that go back show some local times before others that are later.
  const auto first{std::chrono::floor<std::chrono::days>(
      LocalTime{local - std::chrono::ceil<std::chrono::seconds>(reach) - std::chrono::hours{24}})};
  const auto today{std::chrono::floor<std::chrono::days>(local)};
  std::optional<TimePoint> latest{};
  for (local_days day{today + std::chrono::days{1}}; day >= first; day -= std::chrono::days{1}) {
    minutes limit{24 * 60 - 1};
    while (const auto time{cron.last_of(day, limit)}) {
      const TimePoint at{zone.to_utc(LocalTime{day + *time})};
      if (at <= now) {
        latest = latest ? std::max(*latest, at) : at;
        break;
      }
      limit = *time - minutes{1};
    }
    if (latest && day < today) return latest;
  }
  return latest;
}

}  // namespace spillway
