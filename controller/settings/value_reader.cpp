#include "controller/settings/value_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/settings/expansion.hpp"
#include "controller/settings/suggestion.hpp"
#include "controller/settings/value_parsers.hpp"
#include "controller/settings/wording.hpp"

namespace spillway::settings {
namespace {

struct Anything {
  Presence presence{Presence::optional};
};
struct ShareRange : NumberRange {};
template <class T>
bool is_within(const T&, const Anything&) {
  return true;
}
template <class T, class Range>
bool is_within(const T& value, const Range& range) {
  return value >= range.min && value <= range.max;
}

/// 70 where a share is expected is probably a percentage.
template <class Range>
std::string percent_hint(const std::string&, const Range&) {
  return {};
}
std::string percent_hint(const std::string& text, const ShareRange& range) {
  const Parsed<double> percent{parse_ratio(text + '%')};
  return percent && is_within(*percent, range) ? fmt::format(", did you mean {}%?", text) : "";
}

/// `http://me:secret@host/`: RFC 3986 allows it, RFC 9110 tells to treat it as an error.
bool has_credentials(std::string_view text) {
  const std::size_t scheme{text.find("://")};
  if (scheme == text.npos) return false;
  const std::string_view rest{text.substr(scheme + 3)};
  return rest.substr(0, rest.find_first_of("/?#")).find('@') != rest.npos;
}

}  // namespace

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::nothing:
      return "found nothing";
    case Node::Kind::scalar:
      return "found " + quoted(node.text);
    case Node::Kind::list:
      return "found a list";
    case Node::Kind::map:
      return "found a section";
  }
  return {};
}

void ValueReader::report(Mark mark, std::string path, std::string message) {
  if (!is_muted_) context_.complaints.report(mark, std::move(path), std::move(message));
}

const MapEntry* ValueReader::take(std::string_view key, Presence presence,
                                  std::string_view expected) {
  known_.emplace_back(key);
  const MapEntry* const entry{node_ == nullptr ? nullptr : node_->find(key)};
  if (entry == nullptr && presence == Presence::required) {
    missing_.emplace_back(key, expected);
  }
  return entry;
}

bool ValueReader::is_given(std::string_view key) const {
  return node_ != nullptr && node_->find(key) != nullptr;
}

std::optional<std::string> ValueReader::expanded(const Node& node, const std::string& path,
                                                 std::string_view expected, Kind kind) {
  if (node.kind != Node::Kind::scalar) {
    report(node.mark, path, fmt::format("{}; expected {}", found(node), expected));
    return std::nullopt;
  }
  const Parsed<std::string> text{
      kind == Kind::secret ? read_secret(node.text, context_.complaints.file_name(node.mark.file),
                                         context_.environment)
                           : expand(node.text, context_.environment)};
  if (text) return *text;
  report(node.mark, path,
         fmt::format("{} {}", kind == Kind::secret ? "the secret" : quoted(node.text),
                     text.problem()));
  return std::nullopt;
}

template <class T, class Range, class Parse>
void ValueReader::scalar(std::string_view key, T& value, const Range& range,
                         const std::string& expected, Parse parse) {
  const MapEntry* const entry{take(key, range.presence, expected)};
  if (entry == nullptr) return;
  const Node& node{*entry->value};
  const std::string path{join_path(path_, key)};
  const auto text{expanded(node, path, expected, Kind::text)};
  if (!text) return;
  const auto parsed{parse(*text)};
  if (!parsed) {
    report(node.mark, path,
           fmt::format("{} {}; expected {}", quoted(*text), parsed.problem(), expected));
  } else if (!is_within(*parsed, range)) {
    report(node.mark, path,
           fmt::format("{} is out of range{}; expected {}", quoted(*text),
                       percent_hint(*text, range), expected));
  } else {
    value = *parsed;
  }
}

template <class T, class Range, class Parse>
void ValueReader::plain(std::string_view key, T& value, const Range& range,
                        const std::string& expected, Parse parse) {
  const MapEntry* const entry{node_ == nullptr ? nullptr : node_->find(key)};
  if (entry != nullptr && entry->value->is_quoted && !refers_to_environment(entry->value->text)) {
    known_.emplace_back(key);
    report(entry->value->mark, join_path(path_, key),
           fmt::format("{} is a quoted text; expected {}, without quotes",
                       quoted(entry->value->text), expected));
    return;
  }
  scalar(key, value, range, expected, parse);
}

void ValueReader::number(std::string_view key, double& value, NumberRange range, std::string_view) {
  plain(key, value, range, words_for_number(range), parse_number);
}

void ValueReader::ratio(std::string_view key, double& value, NumberRange range, std::string_view) {
  scalar(key, value, ShareRange{range}, words_for_ratio(range), parse_ratio);
}

void ValueReader::rate_per_second(std::string_view key, std::optional<double>& value,
                                  NumberRange range, std::string_view) {
  scalar(key, value, range, words_for_rate(range), parse_rate_per_second);
}

void ValueReader::count(std::string_view key, int& value, CountRange range, std::string_view) {
  plain(key, value, range, words_for_count(range), parse_count);
}

void ValueReader::optional_count(std::string_view key, std::optional<int>& value, CountRange range,
                                 std::string_view) {
  plain(key, value, range, words_for_count(range), parse_count);
}

void ValueReader::flag(std::string_view key, bool& value, std::string_view) {
  plain(key, value, Anything{}, "true or false", parse_flag);
}

void ValueReader::duration(std::string_view key, Duration& value, DurationRange range,
                           std::string_view) {
  scalar(key, value, range, words_for_duration(range), parse_duration);
}

void ValueReader::optional_duration(std::string_view key, std::optional<Duration>& value,
                                    DurationRange range, std::string_view) {
  scalar(key, value, range, words_for_duration(range), parse_duration);
}

void ValueReader::money(std::string_view key, std::optional<Money>& value, std::string_view) {
  scalar(key, value, Anything{}, words_for_money(), parse_money);
}

void ValueReader::hourly_price(std::string_view key, std::optional<HourlyPrice>& value,
                               std::string_view) {
  scalar(key, value, Anything{}, words_for_hourly_price(), parse_hourly_price);
}

void ValueReader::memory_gb(std::string_view key, double& value, NumberRange range,
                            std::string_view) {
  scalar(key, value, range, words_for_memory(range), parse_memory_gb);
}

void ValueReader::text(std::string_view key, std::string& value, TextRule rule, std::string_view) {
  text_entry(key, value, rule, Kind::text);
}

void ValueReader::secret(std::string_view key, std::string& value, TextRule rule,
                         std::string_view) {
  text_entry(key, value, rule, Kind::secret);
}

void ValueReader::text_map(std::string_view key, std::map<std::string, std::string>& values,
                           TextRule rule, std::string_view) {
  map_of_texts(key, values, rule, Kind::text);
}

void ValueReader::secret_map(std::string_view key, std::map<std::string, std::string>& values,
                             TextRule rule, std::string_view) {
  map_of_texts(key, values, rule, Kind::secret);
}

bool ValueReader::check_text(const Node& node, const std::string& path, std::string_view text,
                             const TextRule& rule, Kind kind) {
  const std::string shown{kind == Kind::secret ? "the secret" : quoted(text)};
  if (text.empty() && rule.presence == Presence::required) {
    report(node.mark, path, fmt::format("is empty; expected {}", words_for_text(rule)));
  } else if (text.size() > rule.max_length) {
    report(node.mark, path,
           fmt::format("{} has {} characters; at most {} are allowed", shown, text.size(),
                       rule.max_length));
  } else if (!text.empty() && rule.is_valid && !rule.is_valid(text) && has_credentials(text)) {
    // Not shown: what is in a config is read by many, and what is in a log by more.
    report(node.mark, path,
           fmt::format("the URL has a name or a password in it; expected {}; these have keys of "
                       "their own (username and password, bearer_token, or login)",
                       words_for_text(rule)));
  } else if (!text.empty() && rule.is_valid && !rule.is_valid(text)) {
    report(node.mark, path,
           fmt::format("{} is not valid; expected {}", shown, words_for_text(rule)));
  } else {
    return true;
  }
  return false;
}

void ValueReader::text_entry(std::string_view key, std::string& value, const TextRule& rule,
                             Kind kind) {
  const std::string expected{words_for_text(rule)};
  const MapEntry* const entry{take(key, rule.presence, expected)};
  if (entry == nullptr) return;
  const std::string path{join_path(path_, key)};
  auto text{expanded(*entry->value, path, expected, kind)};
  if (text && check_text(*entry->value, path, *text, rule, kind)) value = std::move(*text);
}

void ValueReader::choice(std::string_view key, std::size_t& index,
                         std::span<const std::string_view> words, std::string_view) {
  const std::string expected{words_for_choice(words)};
  const MapEntry* const entry{take(key, Presence::optional, expected)};
  if (entry == nullptr) return;
  const std::string path{join_path(path_, key)};
  const auto text{expanded(*entry->value, path, expected, Kind::text)};
  if (!text) return;
  const auto word{std::ranges::find(words, std::string_view{*text})};
  if (word != words.end()) {
    index = static_cast<std::size_t>(word - words.begin());
    return;
  }
  const auto near{nearest_word(*text, words)};
  report(entry->value->mark, path,
         fmt::format("{} is not {}{}", quoted(*text), expected,
                     near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
}

void ValueReader::texts(std::string_view key, std::vector<std::string>& values, TextRule rule,
                        std::string_view) {
  const std::string one{words_for_text(rule)};
  const std::string expected{fmt::format("a list, each {}", one)};
  const MapEntry* const entry{take(key, rule.presence, expected)};
  if (entry == nullptr) return;
  const std::string path{join_path(path_, key)};
  const Node& list{*entry->value};
  if (list.kind != Node::Kind::list) {
    report(list.mark, path,
           fmt::format("{}; expected {}{}", found(list), expected,
                       list.kind == Node::Kind::scalar ? ", in [ ]" : ""));
    return;
  }
  if (list.items.empty() && rule.presence == Presence::required) {
    report(list.mark, path, fmt::format("the list is empty; expected at least {}", one));
  }
  values.clear();
  const TextRule each{Presence::required, rule.max_length, rule.expected, rule.is_valid};
  for (std::size_t i{0}; i < list.items.size(); ++i) {
    const std::string element{fmt::format("{}[{}]", path, i)};
    auto text{expanded(*list.items[i], element, one, Kind::text)};
    if (!text || !check_text(*list.items[i], element, *text, each, Kind::text)) continue;
    values.push_back(std::move(*text));
  }
}

void ValueReader::map_of_texts(std::string_view key, std::map<std::string, std::string>& values,
                               const TextRule& rule, Kind kind) {
  const std::string one{words_for_text(rule)};
  const std::string expected{fmt::format("a section of names, each with {}", one)};
  const MapEntry* const entry{take(key, rule.presence, expected)};
  if (entry == nullptr) return;
  const std::string path{join_path(path_, key)};
  const Node& map{*entry->value};
  if (map.kind != Node::Kind::map && map.kind != Node::Kind::nothing) {
    const bool may_be_secret{kind == Kind::secret && map.kind == Node::Kind::scalar};
    report(map.mark, path,
           fmt::format("{}; expected {}", may_be_secret ? "found a single text" : found(map),
                       expected));
    return;
  }
  values.clear();
  const TextRule each{Presence::optional, rule.max_length, rule.expected, rule.is_valid};
  for (const MapEntry& item : map.entries) {
    const std::string element{join_path(path, item.key)};
    if (item.key.empty() || item.key.size() > 256) {
      report(item.key_mark, element, "the name must have 1 to 256 characters");
      continue;
    }
    auto text{expanded(*item.value, element, one, kind)};
    if (!text || !check_text(*item.value, element, *text, each, kind)) continue;
    values[item.key] = std::move(*text);
  }
}

}  // namespace spillway::settings
