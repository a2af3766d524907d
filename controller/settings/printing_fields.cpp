#include "controller/settings/printing_fields.hpp"

#include <fmt/format.h>

#include "controller/settings/wording.hpp"
#include "controller/settings/yaml_text.hpp"

namespace spillway::settings {
namespace {

constexpr std::string_view hidden{"\"***\""};

template <class T, class Print>
std::optional<std::string> printed(const std::optional<T>& value, Print print) {
  if (!value) return std::nullopt;
  return print(*value);
}

template <class Print>
std::string printed_map(const std::map<std::string, std::string>& values, Print print) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", yaml_text(name), print(value));
  }
  return "{" + text + "}";
}

std::string count_text(int value) {
  return fmt::format("{}", value);
}

}  // namespace

void PrintingFields::number(std::string_view key, double& value, NumberRange range,
                            std::string_view help) {
  setting({key, yaml_number(value), words_for_number(range), range.presence, help});
}

void PrintingFields::ratio(std::string_view key, double& value, NumberRange range,
                           std::string_view help) {
  setting({key, yaml_ratio(value), words_for_ratio(range), range.presence, help});
}

void PrintingFields::rate_per_second(std::string_view key, std::optional<double>& value,
                                     NumberRange range, std::string_view help) {
  setting({key, printed(value, yaml_rate), words_for_rate(range), range.presence, help});
}

void PrintingFields::count(std::string_view key, int& value, CountRange range,
                           std::string_view help) {
  setting({key, count_text(value), words_for_count(range), range.presence, help});
}

void PrintingFields::optional_count(std::string_view key, std::optional<int>& value,
                                    CountRange range, std::string_view help) {
  setting({key, printed(value, count_text), words_for_count(range), range.presence, help});
}

void PrintingFields::flag(std::string_view key, bool& value, std::string_view help) {
  setting({key, value ? "true" : "false", "true or false", Presence::optional, help});
}

void PrintingFields::duration(std::string_view key, Duration& value, DurationRange range,
                              std::string_view help) {
  setting({key, yaml_duration(value), words_for_duration(range), range.presence, help});
}

void PrintingFields::optional_duration(std::string_view key, std::optional<Duration>& value,
                                       DurationRange range, std::string_view help) {
  setting({key, printed(value, yaml_duration), words_for_duration(range), range.presence, help});
}

void PrintingFields::money(std::string_view key, std::optional<Money>& value,
                           std::string_view help) {
  setting({key, printed(value, yaml_money), words_for_money(), Presence::optional, help});
}

void PrintingFields::hourly_price(std::string_view key, std::optional<HourlyPrice>& value,
                                  std::string_view help) {
  setting(
      {key, printed(value, yaml_hourly_price), words_for_hourly_price(), Presence::optional, help});
}

void PrintingFields::memory_gb(std::string_view key, double& value, NumberRange range,
                               std::string_view help) {
  setting({key, yaml_memory(value), words_for_memory(range), range.presence, help});
}

void PrintingFields::text(std::string_view key, std::string& value, TextRule rule,
                          std::string_view help) {
  setting({key, yaml_text(value), words_for_text(rule), rule.presence, help});
}

void PrintingFields::secret(std::string_view key, std::string& value, TextRule rule,
                            std::string_view help) {
  const bool is_hidden{!shows_secrets() && !value.empty()};
  setting({key, is_hidden ? std::string{hidden} : yaml_text(value),
           words_for_text(rule) + ", ${NAME} or file:/path", rule.presence, help});
}

void PrintingFields::choice(std::string_view key, std::size_t& index,
                            std::span<const std::string_view> words, std::string_view help) {
  const std::string value{index < words.size() ? yaml_text(words[index]) : "\"\""};
  setting({key, value, words_for_choice(words), Presence::optional, help});
}

void PrintingFields::texts(std::string_view key, std::vector<std::string>& values, TextRule rule,
                           std::string_view help) {
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + yaml_text(value);
  setting({key, "[" + list + "]", "a list, each " + words_for_text(rule), rule.presence, help});
}

void PrintingFields::text_map(std::string_view key, std::map<std::string, std::string>& values,
                              TextRule rule, std::string_view help) {
  setting({key, printed_map(values, yaml_text), "names, each with " + words_for_text(rule),
           rule.presence, help});
}

void PrintingFields::secret_map(std::string_view key, std::map<std::string, std::string>& values,
                                TextRule rule, std::string_view help) {
  const auto hide{[this](std::string_view value) {
    return shows_secrets() ? yaml_text(value) : std::string{hidden};
  }};
  setting({key, printed_map(values, hide), "names, each with a text, ${NAME} or file:/path",
           rule.presence, help});
}

}  // namespace spillway::settings
