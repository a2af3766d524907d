#include "controller/settings/yaml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "controller/settings/suggestion.hpp"
#include "controller/settings/value_reader.hpp"
#include "controller/settings/wording.hpp"

namespace spillway::settings {
namespace {

constexpr std::string_view a_section{"a section of keys with values"};

/// Reads one section and what is nested in it.
class Reader final : public ValueReader {
 public:
  Reader(ReaderContext& context, const Node* node, Mark mark, std::string path, bool is_muted)
      : ValueReader{context, node, mark, std::move(path), is_muted},
        errors_before_{context.complaints.count()} {}

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
    if (!holds) broken_rules_.emplace_back(message);
  }

  /// Reports what can be told only now: unknown keys, missing ones, broken rules.
  void finish();

 private:
  void read_section(std::string_view key, const MapEntry* entry, const Describe& describe);
  /// Reads `node` as the section `path`; what is no section is reported and read as if absent.
  Reader read_child(const Node* node, Mark mark, const std::string& path, const Describe& describe);
  /// The known key that a misspelt one probably stands for; first among those not set yet.
  std::optional<std::string_view> meant_by(std::string_view key) const;
  void report_unknown(const MapEntry& entry);

  std::size_t errors_before_;
  bool knows_its_keys_{true};
  std::vector<std::string> broken_rules_{};
  /// Keys of the sections inside this one, with the section: for keys on the wrong level.
  std::vector<std::pair<std::string, std::string>> deeper_{};
};

Reader Reader::read_child(const Node* node, Mark mark, const std::string& path,
                          const Describe& describe) {
  const bool is_section{node == nullptr || node->kind == Node::Kind::map ||
                        node->kind == Node::Kind::nothing};
  if (!is_section)
    report(node->mark, path, fmt::format("{}; expected {}", found(*node), a_section));
  Reader child{context_, is_section ? node : nullptr, mark, path, is_muted_ || !is_section};
  describe(child);
  child.finish();
  return child;
}

void Reader::read_section(std::string_view key, const MapEntry* entry, const Describe& describe) {
  const Node* const node{entry == nullptr ? nullptr : entry->value.get()};
  const Mark mark{entry == nullptr ? mark_ : entry->key_mark};
  const Reader child{read_child(node, mark, join_path(path_, key), describe)};
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
    read_child(&item, item.mark, fmt::format("{}[{}]", path, i),
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
    read_child(item.value.get(), item.key_mark, item_path,
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
  if (node_ != nullptr && knows_its_keys_) {
    for (const MapEntry& entry : node_->entries) {
      if (std::ranges::find(known_, entry.key) == known_.end()) report_unknown(entry);
    }
  }
  for (const auto& [key, expected] : missing_) {
    report(mark_, join_path(path_, key),
           fmt::format("required key is missing; expected {}", expected));
  }
  // A setting that could not be read has its default, about which nothing is to be said.
  const bool is_read{context_.complaints.count() == errors_before_};
  for (std::string& rule : broken_rules_) {
    if (is_read) report(mark_, path_, std::move(rule));
  }
}

std::optional<std::string_view> Reader::meant_by(std::string_view key) const {
  const std::vector<std::string_view> all{known_.begin(), known_.end()};
  std::vector<std::string_view> unset{all};
  std::erase_if(unset, [&](std::string_view each) { return node_->find(each) != nullptr; });
  const auto near_unset{nearest_word(key, unset)};
  return near_unset ? near_unset : nearest_word(key, all);
}

void Reader::report_unknown(const MapEntry& entry) {
  std::string message{"unknown key"};
  if (!context_.complaints.is_full()) {
    const auto place{std::ranges::find(
        deeper_, entry.key, [](const auto& pair) { return std::string_view{pair.first}; })};
    if (const auto meant{meant_by(entry.key)}) {
      message += fmt::format("; did you mean \"{}\"?", *meant);
      std::erase_if(missing_, [&](const auto& pair) { return pair.first == *meant; });
      if (node_->find(*meant) == nullptr) context_.complaints.excuse(join_path(path_, *meant));
    } else if (place != deeper_.end()) {
      message += fmt::format("; it belongs into the section \"{}\"", place->second);
    } else {
      const std::vector<std::string_view> all{known_.begin(), known_.end()};
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
  ReaderContext context{environment, complaints};
  Reader reader{context, &root, root.mark, {}, false};
  describe(reader);
  reader.finish();
}

}  // namespace spillway::settings
