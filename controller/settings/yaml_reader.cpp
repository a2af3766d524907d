#include "controller/settings/yaml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "controller/settings/expansion.hpp"
#include "controller/settings/suggestion.hpp"
#include "controller/settings/value_parsers.hpp"
#include "controller/settings/wording.hpp"

namespace spillway::settings {
namespace {

constexpr std::string_view a_section{"a section of keys with values"};

std::string_view found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::nothing:
      return "found nothing";
    case Node::Kind::scalar:
      return "found a single value";
    case Node::Kind::list:
      return "found a list";
    case Node::Kind::map:
      return "found a section";
  }
  return "";
}

/// Reads one section. A section that is absent has no node: defaults stay, required keys are
/// missing.
class Reader final : public Fields {
 public:
  struct Shared {
    const Environment& environment;
    Complaints& complaints;
  };

  Reader(Shared& shared, const Node* node, Mark mark, std::string path, bool is_muted)
      : shared_{shared},
        node_{node},
        mark_{mark},
        path_{std::move(path)},
        is_muted_{is_muted},
        errors_before_{shared.complaints.count()} {}

  void number(std::string_view key, double& value, NumberRange range, std::string_view) override {
    plain(key, value, range, words_for_number(range), parse_number);
  }
  void ratio(std::string_view key, double& value, NumberRange range, std::string_view) override {
    scalar(key, value, ShareRange{range}, words_for_ratio(range), parse_ratio);
  }
  void rate_per_second(std::string_view key, std::optional<double>& value, NumberRange range,
                       std::string_view) override {
    scalar(key, value, range, words_for_rate(range), parse_rate_per_second);
  }
  void count(std::string_view key, int& value, CountRange range, std::string_view) override {
    plain(key, value, range, words_for_count(range), parse_count);
  }
  void optional_count(std::string_view key, std::optional<int>& value, CountRange range,
                      std::string_view) override {
    plain(key, value, range, words_for_count(range), parse_count);
  }
  void flag(std::string_view key, bool& value, std::string_view) override {
    plain(key, value, Anything{}, "true or false", parse_flag);
  }
  void duration(std::string_view key, Duration& value, DurationRange range,
                std::string_view) override {
    scalar(key, value, range, words_for_duration(range), parse_duration);
  }
  void optional_duration(std::string_view key, std::optional<Duration>& value, DurationRange range,
                         std::string_view) override {
    scalar(key, value, range, words_for_duration(range), parse_duration);
  }
  void money(std::string_view key, std::optional<Money>& value, std::string_view) override {
    scalar(key, value, Anything{}, words_for_money(), parse_money);
  }
  void hourly_price(std::string_view key, std::optional<HourlyPrice>& value,
                    std::string_view) override {
    scalar(key, value, Anything{}, words_for_hourly_price(), parse_hourly_price);
  }
  void memory_gb(std::string_view key, double& value, NumberRange range,
                 std::string_view) override {
    scalar(key, value, range, words_for_memory(range), parse_memory_gb);
  }

  void text(std::string_view key, std::string& value, TextRule rule, std::string_view) override {
    text_entry(key, value, rule, Kind::text);
  }
  void secret(std::string_view key, std::string& value, TextRule rule, std::string_view) override {
    text_entry(key, value, rule, Kind::secret);
  }
  void choice(std::string_view key, std::size_t& index, std::span<const std::string_view> words,
              std::string_view) override;
  void texts(std::string_view key, std::vector<std::string>& values, TextRule rule,
             std::string_view) override;
  void text_map(std::string_view key, std::map<std::string, std::string>& values, TextRule rule,
                std::string_view) override {
    map_of_texts(key, values, rule, Kind::text);
  }
  void secret_map(std::string_view key, std::map<std::string, std::string>& values, TextRule rule,
                  std::string_view) override {
    map_of_texts(key, values, rule, Kind::secret);
  }

  void section(std::string_view key, const Describe& describe, std::string_view) override {
    read_section(key, take(key, Presence::optional, {}), describe);
  }
  void optional_section(std::string_view key, bool& is_present, const Describe& describe,
                        std::string_view) override {
    const MapEntry* const entry{take(key, Presence::optional, {})};
    is_present = entry != nullptr;
    if (is_present) read_section(key, entry, describe);
  }
  void sections(std::string_view key, std::size_t size, const DescribeElement& describe,
                Presence presence, std::string_view) override;
  void named_sections(std::string_view key, const std::vector<std::string>& names,
                      const DescribeEntry& describe, Presence presence, std::string_view) override;
  void variant(std::span<const std::string_view> types, std::string_view current,
               const DescribeType& describe, std::string_view) override;
  void require(bool holds, std::string_view message) override {
    // A setting that could not be read has its default, about which nothing is to be said.
    const bool is_read{shared_.complaints.count() == errors_before_};
    if (!holds && is_read) report(mark_, path_, std::string{message});
  }

  /// Reports the keys that nothing declared.
  void finish();

 private:
  enum class Kind { text, secret };

  struct Anything {
    Presence presence{Presence::optional};
  };
  struct ShareRange : NumberRange {};
  template <class T>
  static bool is_within(const T&, const Anything&) {
    return true;
  }
  /// 70 where a share is expected is probably a percentage.
  template <class Range>
  static std::string percent_hint(const std::string&, const Range&) {
    return {};
  }
  static std::string percent_hint(const std::string& text, const ShareRange& range) {
    const Parsed<double> percent{parse_ratio(text + '%')};
    return percent && is_within(*percent, range) ? fmt::format(", did you mean {}%?", text) : "";
  }
  template <class T, class Range>
  static bool is_within(const T& value, const Range& range) {
    return value >= range.min && value <= range.max;
  }

  void report(Mark mark, std::string path, std::string message) {
    if (!is_muted_) shared_.complaints.report(mark, std::move(path), std::move(message));
  }

  /// The entry of a declared key; null if it is absent, which is reported if it is required.
  const MapEntry* take(std::string_view key, Presence presence, std::string_view expected) {
    known_.emplace_back(key);
    const MapEntry* const entry{node_ == nullptr ? nullptr : node_->find(key)};
    if (entry == nullptr && presence == Presence::required) {
      report(mark_, join_path(path_, key),
             expected.empty() ? "required key is missing"
                              : fmt::format("required key is missing; expected {}", expected));
    }
    return entry;
  }

  /// The text of a single value with its variables; nothing after a complaint.
  std::optional<std::string> expanded(const Node& node, const std::string& path,
                                      std::string_view expected, Kind kind);
  bool check_text(const Node& node, const std::string& path, std::string_view text,
                  const TextRule& rule, Kind kind);

  template <class T, class Range, class Parse>
  void scalar(std::string_view key, T& value, const Range& range, const std::string& expected,
              Parse parse);
  /// Like `scalar`, for what YAML itself tells from a text: quotes are an error.
  template <class T, class Range, class Parse>
  void plain(std::string_view key, T& value, const Range& range, const std::string& expected,
             Parse parse);

  void text_entry(std::string_view key, std::string& value, const TextRule& rule, Kind kind);
  void map_of_texts(std::string_view key, std::map<std::string, std::string>& values,
                    const TextRule& rule, Kind kind);
  void read_section(std::string_view key, const MapEntry* entry, const Describe& describe);
  /// Reads `node` as the section `path`; what is no section is reported and read as if empty.
  void read_child(const Node& node, Mark mark, const std::string& path, const Describe& describe);
  void report_unknown(const MapEntry& entry);

  Shared& shared_;
  const Node* node_;
  Mark mark_;
  std::string path_;
  bool is_muted_;
  std::size_t errors_before_;
  bool knows_its_keys_{true};
  std::vector<std::string> known_{};
  /// Keys of the sections inside this one, with the section: for keys on the wrong level.
  std::vector<std::pair<std::string, std::string>> deeper_{};
};

std::optional<std::string> Reader::expanded(const Node& node, const std::string& path,
                                            std::string_view expected, Kind kind) {
  if (node.kind != Node::Kind::scalar) {
    report(node.mark, path, fmt::format("{}; expected {}", found(node), expected));
    return std::nullopt;
  }
  const Parsed<std::string> text{
      kind == Kind::secret ? read_secret(node.text, shared_.complaints.file_name(node.mark.file),
                                         shared_.environment)
                           : expand(node.text, shared_.environment)};
  if (text) return *text;
  report(node.mark, path,
         fmt::format("{} {}", kind == Kind::secret ? "the secret" : quoted(node.text),
                     text.problem()));
  return std::nullopt;
}

template <class T, class Range, class Parse>
void Reader::scalar(std::string_view key, T& value, const Range& range, const std::string& expected,
                    Parse parse) {
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
void Reader::plain(std::string_view key, T& value, const Range& range, const std::string& expected,
                   Parse parse) {
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

bool Reader::check_text(const Node& node, const std::string& path, std::string_view text,
                        const TextRule& rule, Kind kind) {
  const std::string shown{kind == Kind::secret ? "the secret" : quoted(text)};
  if (text.empty() && rule.presence == Presence::required) {
    report(node.mark, path, fmt::format("is empty; expected {}", words_for_text(rule)));
  } else if (text.size() > rule.max_length) {
    report(node.mark, path,
           fmt::format("{} has {} characters; at most {} are allowed", shown, text.size(),
                       rule.max_length));
  } else if (!text.empty() && rule.is_valid && !rule.is_valid(text)) {
    report(node.mark, path,
           fmt::format("{} is not valid; expected {}", shown, words_for_text(rule)));
  } else {
    return true;
  }
  return false;
}

void Reader::text_entry(std::string_view key, std::string& value, const TextRule& rule, Kind kind) {
  const std::string expected{words_for_text(rule)};
  const MapEntry* const entry{take(key, rule.presence, expected)};
  if (entry == nullptr) return;
  const std::string path{join_path(path_, key)};
  auto text{expanded(*entry->value, path, expected, kind)};
  if (text && check_text(*entry->value, path, *text, rule, kind)) value = std::move(*text);
}

void Reader::choice(std::string_view key, std::size_t& index,
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

void Reader::texts(std::string_view key, std::vector<std::string>& values, TextRule rule,
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

void Reader::map_of_texts(std::string_view key, std::map<std::string, std::string>& values,
                          const TextRule& rule, Kind kind) {
  const std::string one{words_for_text(rule)};
  const std::string expected{fmt::format("a section of names, each with {}", one)};
  const MapEntry* const entry{take(key, rule.presence, expected)};
  if (entry == nullptr) return;
  const std::string path{join_path(path_, key)};
  const Node& map{*entry->value};
  if (map.kind != Node::Kind::map && map.kind != Node::Kind::nothing) {
    report(map.mark, path, fmt::format("{}; expected {}", found(map), expected));
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

void Reader::read_child(const Node& node, Mark mark, const std::string& path,
                        const Describe& describe) {
  const bool is_section{node.kind == Node::Kind::map || node.kind == Node::Kind::nothing};
  if (!is_section) report(node.mark, path, fmt::format("{}; expected {}", found(node), a_section));
  Reader child{shared_, is_section ? &node : nullptr, mark, path, is_muted_ || !is_section};
  describe(child);
  child.finish();
}

void Reader::read_section(std::string_view key, const MapEntry* entry, const Describe& describe) {
  const Node* node{entry == nullptr ? nullptr : entry->value.get()};
  const Mark mark{entry == nullptr ? mark_ : entry->key_mark};
  const std::string path{join_path(path_, key)};
  const bool is_section{node == nullptr || node->kind == Node::Kind::map ||
                        node->kind == Node::Kind::nothing};
  if (!is_section) {
    report(node->mark, path, fmt::format("{}; expected {}", found(*node), a_section));
    node = nullptr;
  }
  Reader child{shared_, node, mark, path, is_muted_ || !is_section};
  describe(child);
  child.finish();
  for (const std::string& known : child.known_) deeper_.emplace_back(known, key);
  for (const auto& [known, where] : child.deeper_) {
    deeper_.emplace_back(known, fmt::format("{}.{}", key, where));
  }
}

void Reader::sections(std::string_view key, std::size_t, const DescribeElement& describe,
                      Presence presence, std::string_view) {
  static constexpr std::string_view expected{"a list of sections, each beginning with \"- \""};
  const MapEntry* const entry{take(key, presence, expected)};
  if (entry == nullptr) return;
  const std::string path{join_path(path_, key)};
  const Node& list{*entry->value};
  const bool is_left_out{list.kind == Node::Kind::nothing && presence == Presence::optional};
  if (list.kind != Node::Kind::list && !is_left_out) {
    report(list.mark, path, fmt::format("{}; expected {}", found(list), expected));
    return;
  }
  if (list.items.empty() && presence == Presence::required) {
    report(list.mark, path, "the list is empty; expected at least one section");
  }
  for (std::size_t i{0}; i < list.items.size(); ++i) {
    const Node& item{*list.items[i]};
    read_child(item, item.mark, fmt::format("{}[{}]", path, i),
               [&](Fields& fields) { describe(fields, i); });
  }
}

void Reader::named_sections(std::string_view key, const std::vector<std::string>&,
                            const DescribeEntry& describe, Presence presence, std::string_view) {
  static constexpr std::string_view expected{"a section of names, each with a section of its own"};
  const MapEntry* const entry{take(key, presence, expected)};
  if (entry == nullptr) return;
  const std::string path{join_path(path_, key)};
  const Node& map{*entry->value};
  const bool is_left_out{map.kind == Node::Kind::nothing && presence == Presence::optional};
  if (map.kind != Node::Kind::map && !is_left_out) {
    report(map.mark, path, fmt::format("{}; expected {}", found(map), expected));
    return;
  }
  if (map.entries.empty() && presence == Presence::required) {
    report(map.mark, path, "the section is empty; expected at least one name");
  }
  for (const MapEntry& item : map.entries) {
    const std::string item_path{join_path(path, item.key)};
    if (!is_name(item.key)) {
      report(item.key_mark, item_path,
             "a name must have 1 to 63 letters, digits, \"-\" or \"_\" and begin with a letter or "
             "digit");
      continue;
    }
    read_child(*item.value, item.key_mark, item_path,
               [&](Fields& fields) { describe(fields, item.key); });
  }
}

void Reader::variant(std::span<const std::string_view> types, std::string_view,
                     const DescribeType& describe, std::string_view) {
  // Until the type is known nothing can be said about the other keys.
  knows_its_keys_ = false;
  const std::string expected{words_for_choice(types)};
  const MapEntry* const entry{take("type", Presence::required, expected)};
  if (entry == nullptr) return;
  const std::string path{join_path(path_, "type")};
  const auto text{expanded(*entry->value, path, expected, Kind::text)};
  if (!text) return;
  const auto type{std::ranges::find(types, std::string_view{*text})};
  if (type != types.end()) {
    knows_its_keys_ = true;
    describe(*this, *type);
    return;
  }
  const auto near{nearest_word(*text, types)};
  report(entry->value->mark, path,
         fmt::format("there is no type {}{}; expected {}", quoted(*text),
                     near ? fmt::format(", did you mean \"{}\"?", *near) : "", expected));
}

void Reader::finish() {
  if (node_ == nullptr || !knows_its_keys_) return;
  for (const MapEntry& entry : node_->entries) {
    if (std::ranges::find(known_, entry.key) == known_.end()) report_unknown(entry);
  }
}

void Reader::report_unknown(const MapEntry& entry) {
  std::string message{"unknown key"};
  if (!shared_.complaints.is_full()) {
    const std::vector<std::string_view> all{known_.begin(), known_.end()};
    std::vector<std::string_view> unset{all};
    std::erase_if(unset, [&](std::string_view key) { return node_->find(key) != nullptr; });
    const auto place{std::ranges::find(
        deeper_, entry.key, [](const auto& pair) { return std::string_view{pair.first}; })};
    const auto near_unset{nearest_word(entry.key, unset)};
    if (const auto near{near_unset ? near_unset : nearest_word(entry.key, all)}) {
      message += fmt::format("; did you mean \"{}\"?", *near);
    } else if (place != deeper_.end()) {
      message += fmt::format("; it belongs into the section \"{}\"", place->second);
    } else {
      message += fmt::format("; known here: {}", enumerate(all));
    }
  }
  report(entry.key_mark, join_path(path_, entry.key), std::move(message));
}

}  // namespace

bool is_name(std::string_view text) {
  const auto is_alphanumeric{[](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }};
  return !text.empty() && text.size() <= 63 && is_alphanumeric(text.front()) &&
         std::ranges::all_of(text,
                             [&](char c) { return is_alphanumeric(c) || c == '_' || c == '-'; });
}

void read_settings(const Node& root, const Fields::Describe& describe,
                   const Environment& environment, Complaints& complaints) {
  Reader::Shared shared{environment, complaints};
  Reader reader{shared, &root, root.mark, {}, false};
  describe(reader);
  reader.finish();
}

}  // namespace spillway::settings
