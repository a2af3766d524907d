#include "controller/io/http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace spillway::io {
namespace {

std::optional<int> whole_number_in(std::string_view text) {
  int value{0};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number{parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()};
  return is_number ? std::optional{value} : std::nullopt;
}

}  // namespace

std::optional<TimePoint> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) {
    return std::nullopt;
  }
  const auto* month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = whole_number_in(text.substr(5, 2));
  const auto year = whole_number_in(text.substr(12, 4));
  const auto hour = whole_number_in(text.substr(17, 2));
  const auto minute = whole_number_in(text.substr(20, 2));
  const auto second = whole_number_in(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{*year},
      std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return TimePoint{std::chrono::sys_days{date}} + std::chrono::hours{*hour} +
         std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

}  // namespace spillway::io
