#include "controller/settings/value_parsers.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace spillway::settings {
namespace {

constexpr std::string_view not_a_number{"is not a number"};

struct Unit {
  std::string_view name;
  double factor;
};

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

/// Cuts the number off the front of `text`; nothing if there is none.
std::optional<double> take_number(std::string_view& text) {
  double value{};
  const auto [end, error]{
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::general)};
  if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// The unit's name after a number: blanks in front are allowed.
std::string_view skip_blanks(std::string_view text) {
  const std::size_t begin{text.find_first_not_of(' ')};
  return begin == text.npos ? std::string_view{} : text.substr(begin);
}

std::string unknown_unit(std::string_view unit) {
  return fmt::format("has the unknown unit \"{}\"", unit.substr(0, 16));
}

/// An amount in dollars, and what follows the currency.
struct Amount {
  double value{};
  std::string_view rest{};
};

Parsed<Amount> parse_amount(std::string_view text) {
  using Failed = Parsed<Amount>;
  const auto value{take_number(text)};
  if (!value) return Failed::failed("is not an amount of money");
  if (*value < 0.0) return Failed::failed("is negative");
  if (*value > 1e9) return Failed::failed("is more than a billion");
  const std::string_view currency{skip_blanks(text)};
  if (currency.empty()) return Failed::failed("has no currency");
  if (!currency.starts_with("USD")) {
    return Failed::failed(fmt::format("has the unknown currency \"{}\"", currency.substr(0, 16)));
  }
  return Amount{*value, currency.substr(3)};
}

}  // namespace

Parsed<double> parse_number(std::string_view text) {
  const auto value{take_number(text)};
  if (!value || !text.empty()) return Parsed<double>::failed(std::string{not_a_number});
  return *value;
}

Parsed<int> parse_count(std::string_view text) {
  int value{};
  const char* const last{text.data() + text.size()};
  const auto [end, error]{std::from_chars(text.data(), last, value)};
  if (error == std::errc::result_out_of_range) return Parsed<int>::failed("is out of range");
  if (error != std::errc{} || end != last) return Parsed<int>::failed("is not a whole number");
  return value;
}

Parsed<bool> parse_flag(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Parsed<bool>::failed("is neither true nor false");
}

Parsed<double> parse_ratio(std::string_view text) {
  const auto value{take_number(text)};
  if (!value) return Parsed<double>::failed(std::string{not_a_number});
  const std::string_view unit{skip_blanks(text)};
  if (unit == "%") return *value / 100.0;
  if (!text.empty()) return Parsed<double>::failed(unknown_unit(unit));
  return *value;
}

Parsed<double> parse_rate_per_second(std::string_view text) {
  static constexpr std::array units{Unit{"/s", 1.0}, Unit{"/min", 60.0}, Unit{"/h", 3600.0}};
  const auto value{take_number(text)};
  if (!value) return Parsed<double>::failed(std::string{not_a_number});
  if (text.empty()) return *value;
  const std::string_view name{skip_blanks(text)};
  const Unit* const unit{find_unit(units, name)};
  if (unit == nullptr) return Parsed<double>::failed(unknown_unit(name));
  return *value / unit->factor;
}

Parsed<Duration> parse_duration(std::string_view text) {
  using Failed = Parsed<Duration>;
  static constexpr std::array units{Unit{"d", 86'400'000.0}, Unit{"h", 3'600'000.0},
                                    Unit{"m", 60'000.0}, Unit{"s", 1'000.0}, Unit{"ms", 1.0}};
  static constexpr double longest{100.0 * 365.0 * 86'400'000.0};
  if (text.empty()) return Failed::failed("is empty");
  double milliseconds{0.0};
  double last_factor{std::numeric_limits<double>::infinity()};
  while (!text.empty()) {
    const auto value{take_number(text)};
    if (!value) return Failed::failed("is not a duration");
    if (std::signbit(*value)) return Failed::failed("is negative");
    const std::string_view name{text.substr(0, text.find_first_of("0123456789.-+ "))};
    if (text.starts_with(' ')) return Failed::failed("has a space in it");
    if (name.empty()) return Failed::failed("has no unit");
    const Unit* const unit{find_unit(units, name)};
    if (unit == nullptr) return Failed::failed(unknown_unit(name));
    if (unit->factor >= last_factor) return Failed::failed("has its units in the wrong order");
    last_factor = unit->factor;
    milliseconds += *value * unit->factor;
    text.remove_prefix(name.size());
  }
  if (milliseconds > longest) return Failed::failed("is longer than 100 years");
  const double rounded{std::round(milliseconds)};
  if (std::abs(milliseconds - rounded) > 1e-6 * std::max(1.0, milliseconds / 1e6)) {
    return Failed::failed("is not a whole number of milliseconds");
  }
  return Duration{static_cast<Duration::rep>(rounded)};
}

Parsed<Money> parse_money(std::string_view text) {
  const Parsed<Amount> amount{parse_amount(text)};
  if (!amount) return Parsed<Money>::failed(amount.problem());
  if ((*amount).rest.starts_with("/")) {
    return Parsed<Money>::failed("is a price per time, not an amount");
  }
  if (!(*amount).rest.empty()) return Parsed<Money>::failed("is not an amount of money");
  return usd((*amount).value);
}

Parsed<HourlyPrice> parse_hourly_price(std::string_view text) {
  const Parsed<Amount> amount{parse_amount(text)};
  if (!amount) return Parsed<HourlyPrice>::failed(amount.problem());
  if ((*amount).rest.empty()) return Parsed<HourlyPrice>::failed("is an amount without \"/h\"");
  if ((*amount).rest != "/h") return Parsed<HourlyPrice>::failed("is not a price per hour");
  return HourlyPrice{usd((*amount).value)};
}

Parsed<double> parse_memory_gb(std::string_view text) {
  using Failed = Parsed<double>;
  static constexpr double kibi{1024.0};
  static constexpr double mebi{kibi * kibi};
  static constexpr double gibi{kibi * mebi};
  static constexpr std::array units{Unit{"MB", 1e6},   Unit{"GB", 1e9},         Unit{"MiB", mebi},
                                    Unit{"Mi", mebi},  Unit{"GiB", gibi},       Unit{"Gi", gibi},
                                    Unit{"KiB", kibi}, Unit{"TiB", kibi * gibi}};
  const auto value{take_number(text)};
  if (!value) return Failed::failed("is not an amount of memory");
  if (*value < 0.0) return Failed::failed("is negative");
  const std::string_view name{skip_blanks(text)};
  if (name.empty()) return Failed::failed("has no unit");
  const Unit* const unit{find_unit(units, name)};
  if (unit == nullptr) return Failed::failed(unknown_unit(name));
  // Gigabytes stay exact, so that a printed value reads back as the same.
  return unit->name == "GB" ? *value : *value * unit->factor / 1e9;
}

}  // namespace spillway::settings
