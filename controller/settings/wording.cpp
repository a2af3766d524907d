#include "controller/settings/wording.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "controller/settings/yaml_text.hpp"

namespace spillway::settings {
namespace {

/// `noun`, `noun from a to b`, `noun of at least a`, `noun of at most b`.
std::string ranged(std::string_view noun, const std::string& min, const std::string& max,
                   bool has_min, bool has_max) {
  if (has_min && has_max) return fmt::format("{} from {} to {}", noun, min, max);
  if (has_min) return fmt::format("{} of at least {}", noun, min);
  if (has_max) return fmt::format("{} of at most {}", noun, max);
  return std::string{noun};
}

bool has_min(const NumberRange& range) {
  return range.min > NumberRange{}.min;
}

bool has_max(const NumberRange& range) {
  return range.max < NumberRange{}.max;
}

/// A duration that a person would write and that lies in the range.
Duration example(const DurationRange& range) {
  using namespace std::chrono_literals;
  static constexpr std::array<Duration, 7> usual{30s, 5s, 5min, 250ms, 1h, 24h, 10ms};
  for (const Duration each : usual) {
    if (each >= range.min && each <= range.max) return each;
  }
  return range.min;
}

}  // namespace

std::string words_for_number(const NumberRange& range) {
  return ranged("a number", fmt::format("{}", range.min), fmt::format("{}", range.max),
                has_min(range), has_max(range));
}

std::string words_for_ratio(const NumberRange& range) {
  return ranged("a share", fmt::format("{:g}%", 100.0 * range.min),
                fmt::format("{:g}%", 100.0 * range.max), has_min(range), has_max(range)) +
         ", such as 70% or 0.7";
}

std::string words_for_rate(const NumberRange& range) {
  return ranged("a rate", fmt::format("{:g}/s", range.min), fmt::format("{:g}/s", range.max),
                has_min(range), has_max(range)) +
         ", such as 10/s or 600/min";
}

std::string words_for_memory(const NumberRange& range) {
  return ranged("memory", fmt::format("{:g} GB", range.min), fmt::format("{:g} GB", range.max),
                has_min(range), has_max(range)) +
         ", such as 1.5 GB or 512 MiB";
}

std::string words_for_count(const CountRange& range) {
  return ranged("a whole number", fmt::format("{}", range.min), fmt::format("{}", range.max), true,
                range.max < CountRange{}.max);
}

std::string words_for_duration(const DurationRange& range) {
  return fmt::format("{}, such as {}",
                     ranged("a duration", yaml_duration(range.min), yaml_duration(range.max),
                            range.min > Duration::zero(), range.max < DurationRange{}.max),
                     yaml_duration(example(range)));
}

std::string words_for_money() {
  return "an amount such as 20 USD";
}

std::string words_for_hourly_price() {
  return "a price such as 0.06 USD/h";
}

std::string words_for_text(const TextRule& rule) {
  return rule.expected.empty() ? "a text" : std::string{rule.expected};
}

std::string words_for_choice(std::span<const std::string_view> words) {
  return (words.size() == 1 ? "" : "one of ") + enumerate(words);
}

std::string enumerate(std::span<const std::string_view> words, std::size_t most) {
  std::string text;
  for (std::size_t i{0}; i < words.size() && i < most; ++i) {
    text += (i == 0 ? "" : ", ") + std::string{words[i]};
  }
  if (words.size() > most) text += fmt::format(", ... ({} more)", words.size() - most);
  return text;
}

}  // namespace spillway::settings
