#include "controller/settings/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/settings/value_parsers.hpp"

namespace spillway::settings {
namespace {

/// True if YAML reads `text` as this very text, whatever stands around it.
bool is_plain_scalar(std::string_view text) {
  static constexpr std::string_view inside{"_-./:@%+=()"};
  static constexpr std::array<std::string_view, 10> words{"true", "false", "yes", "no", "on",
                                                          "off",  "null",  "y",   "n",  "~"};
  const auto is_letter{[](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }};
  const auto is_allowed{[&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || inside.find(c) != inside.npos;
  }};
  if (text.empty() || text.ends_with(':') || text.size() > 200) return false;
  if (!is_letter(text.front()) && text.front() != '/') return false;
  std::string folded{text};
  std::ranges::transform(folded, folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::ranges::all_of(text, is_allowed) &&
         std::ranges::find(words, std::string_view{folded}) == words.end();
}

}  // namespace

std::string yaml_text(std::string_view text) {
  if (is_plain_scalar(text)) return std::string{text};
  std::string result{'"'};
  for (std::size_t i{0}; i < text.size(); ++i) {
    const char c{text[i]};
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      if (c == '$' && text.substr(i + 1).starts_with('{')) result += '$';
      result += c;
    }
  }
  return result + '"';
}

std::string yaml_number(double value) {
  return fmt::format("{}", value);
}

std::string yaml_ratio(double value) {
  const std::string percent{fmt::format("{:.10g}%", value * 100.0)};
  const Parsed<double> back{parse_ratio(percent)};
  return back && *back == value ? percent : yaml_number(value);
}

std::string yaml_duration(Duration duration) {
  static constexpr Duration day{std::chrono::hours{24}};
  const bool is_days{duration >= 2 * day && duration % day == Duration::zero()};
  return is_days ? fmt::format("{}d", duration / day) : spillway::to_string(duration);
}

std::string yaml_rate(double per_second) {
  return fmt::format("{}/s", per_second);
}

std::string yaml_money(Money amount) {
  std::string text{fmt::format("{}.{:09}", amount.nanos / 1'000'000'000,
                               std::abs(amount.nanos % 1'000'000'000))};
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " USD";
}

std::string yaml_hourly_price(HourlyPrice price) {
  return yaml_money(price.per_hour) + "/h";
}

std::string yaml_memory(double gigabytes) {
  return fmt::format("{} GB", gigabytes);
}

}  // namespace spillway::settings
