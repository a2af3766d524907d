#include "controller/core/units.hpp"

#include <fmt/format.h>

#include <array>

namespace spillway {

std::string to_string(TimePoint instant) {
  const auto day{std::chrono::floor<std::chrono::days>(instant)};
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{instant - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::string to_string(Duration d) {
  if (d == Duration::zero()) return "0s";
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  static constexpr std::array units{Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                                    Unit{"ms", 1}};
  std::string text{d < Duration::zero() ? "-" : ""};
  std::int64_t left{std::abs(d.count())};
  for (const Unit& unit : units) {
    if (const std::int64_t whole{left / unit.milliseconds}; whole > 0) {
      text += fmt::format("{}{}", whole, unit.name);
      left -= whole * unit.milliseconds;
    }
  }
  return text;
}

std::string to_string(Money amount) {
  const double size{std::abs(amount.usd())};
  const int decimals{size == 0.0 || size >= 1.0 ? 2 : size >= 0.01 ? 4 : 6};
  return fmt::format("{:.{}f} USD", amount.usd(), decimals);
}

}  // namespace spillway
