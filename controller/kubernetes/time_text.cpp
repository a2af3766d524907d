#include "controller/kubernetes/time_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstddef>

namespace spillway::kubernetes {

namespace {

/// The digits of `text` from `at`, `size` of them.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t size) {
  if (at + size > text.size()) return std::nullopt;
  int number{0};
  for (const char c : text.substr(at, size)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

/// `Z`, `+01:00`, `-0130` are not all legal: only the first two forms.
std::optional<std::chrono::minutes> offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = digits(text, 1, 2);
  const auto minutes = digits(text, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const int total{*hours * 60 + *minutes};
  return std::chrono::minutes{text[0] == '-' ? -total : total};
}

struct CivilTime {
  std::chrono::year_month_day day{};
  std::chrono::hh_mm_ss<std::chrono::seconds> time{};
};

CivilTime civil(TimePoint at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const auto midnight = std::chrono::floor<std::chrono::days>(whole);
  return {.day = midnight, .time = std::chrono::hh_mm_ss{whole - midnight}};
}

std::string until_seconds(const CivilTime& at) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(at.day.year()),
                     static_cast<unsigned>(at.day.month()), static_cast<unsigned>(at.day.day()),
                     at.time.hours().count(), at.time.minutes().count(), at.time.seconds().count());
}

}  // namespace

std::optional<TimePoint> parse_time(std::string_view text) {
  constexpr std::size_t until_seconds_size{19};
  if (text.size() <= until_seconds_size || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::string_view rest{text.substr(until_seconds_size)};
  int milliseconds{0};
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int weight{100};
    std::size_t size{0};
    for (; size < rest.size() && rest[size] >= '0' && rest[size] <= '9'; ++size) {
      milliseconds += weight * (rest[size] - '0');
      weight /= 10;
    }
    if (size == 0) return std::nullopt;
    rest.remove_prefix(size);
  }
  const auto zone = offset(rest);
  if (!zone) return std::nullopt;
  return TimePoint{std::chrono::sys_days{date}} + std::chrono::hours{*hour} +
         std::chrono::minutes{*minute} + std::chrono::seconds{*second} +
         std::chrono::milliseconds{milliseconds} - *zone;
}

std::string time_text(TimePoint at) {
  return until_seconds(civil(at)) + "Z";
}

std::string micro_time_text(TimePoint at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("{}.{:03}000Z", until_seconds(civil(at)), (at - whole).count());
}

}  // namespace spillway::kubernetes
