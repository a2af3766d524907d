#include "controller/settings/document_edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "controller/settings/document.hpp"

namespace spillway::settings {
namespace {

/// A line beyond which both texts are compared as a whole: a config of ten thousand workloads.
constexpr std::size_t lines_compared_max{20'000};
constexpr std::size_t lines_around{3};

/// Each with its newline: a last line that has none differs from the same text with one.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines{};
  while (!text.empty()) {
    const std::size_t newline{text.find('\n')};
    const std::size_t length{newline == text.npos ? text.size() : newline + 1};
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

/// A line of a hunk, `mark` being ` `, `-` or `+`.
std::string hunk_line(char mark, std::string_view line) {
  return fmt::format("{}{}{}", mark, line,
                     line.ends_with('\n') ? "" : "\n\\ No newline at end of file\n");
}

/// The byte of `text` at a mark; nothing beyond its end.
std::optional<std::size_t> offset_of(std::string_view text, const Mark& mark) {
  std::size_t offset{0};
  for (int line{1}; line < mark.line; ++line) {
    offset = text.find('\n', offset);
    if (offset == std::string_view::npos) return std::nullopt;
    ++offset;
  }
  offset += static_cast<std::size_t>(std::max(0, mark.column - 1));
  return offset < text.size() ? std::optional{offset} : std::nullopt;
}

const Node* child(const Node& node, const std::string& step) {
  if (node.kind == Node::Kind::list) {
    std::size_t index{0};
    const auto read{std::from_chars(step.data(), step.data() + step.size(), index)};
    const bool is_there{read.ec == std::errc{} && index < node.items.size()};
    return is_there ? node.items[index].get() : nullptr;
  }
  const MapEntry* const entry{node.find(step)};
  return entry != nullptr ? entry->value.get() : nullptr;
}

std::optional<std::string> replaced(std::string_view text, const Node& scalar,
                                    std::string_view value) {
  auto offset{offset_of(text, scalar.mark)};
  if (!offset || scalar.kind != Node::Kind::scalar) return std::nullopt;
  if (scalar.is_quoted) ++*offset;
  if (text.substr(*offset, scalar.text.size()) != scalar.text) return std::nullopt;
  std::string edited{text};
  edited.replace(*offset, scalar.text.size(), value);
  return edited;
}

/// `start: 5m`, or `vm: {start: 5m}` with what is above it.
std::string written_below(const std::vector<std::string>& steps, std::size_t first,
                          std::string_view value) {
  std::string text{value};
  for (std::size_t i{steps.size()}; i-- > first;) {
    text = fmt::format("{}: {}", steps[i], text);
    if (i > first) text = "{" + text + "}";
  }
  return text;
}

std::optional<std::string> added(std::string_view text, const Node& map, const std::string& entry) {
  const auto begin{offset_of(text, map.mark)};
  if (!begin || map.kind != Node::Kind::map || map.entries.empty()) return std::nullopt;
  std::string edited{text};
  if (text[*begin] == '{') return edited.insert(*begin + 1, entry + ", ");
  // After the first entry that is on one line, with the same indent.
  const auto is_short{[](const MapEntry& each) {
    return each.value && each.value->kind == Node::Kind::scalar &&
           each.value->mark.line == each.key_mark.line;
  }};
  const auto above{std::ranges::find_if(map.entries, is_short)};
  if (above == map.entries.end()) return std::nullopt;
  const auto key{offset_of(text, above->key_mark)};
  if (!key || text.substr(*key, above->key.size()) != above->key) return std::nullopt;
  const std::size_t end{std::min(text.find('\n', *key), text.size())};
  const auto indent{static_cast<std::size_t>(std::max(0, above->key_mark.column - 1))};
  return edited.insert(end, "\n" + std::string(indent, ' ') + entry);
}

struct Change {
  std::size_t old_line{0};
  std::size_t old_count{0};
  std::size_t new_line{0};
  std::size_t new_count{0};
};

/// Where edits of single lines made two texts differ: resynchronizes at the nearest line that both
/// have again.
std::vector<Change> changes_of(const std::vector<std::string_view>& a,
                               const std::vector<std::string_view>& b) {
  std::vector<Change> all{};
  for (std::size_t i{0}, j{0}; i < a.size() || j < b.size();) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i;
      ++j;
      continue;
    }
    Change change{
        .old_line = i, .old_count = a.size() - i, .new_line = j, .new_count = b.size() - j};
    const std::size_t reach{std::max(change.old_count, change.new_count)};
    const auto meets{[&](std::size_t skip_a, std::size_t skip_b) {
      return i + skip_a < a.size() && j + skip_b < b.size() && a[i + skip_a] == b[j + skip_b];
    }};
    for (std::size_t distance{1}; distance <= 2 * reach; ++distance) {
      bool is_found{false};
      for (std::size_t skip_a{0}; skip_a <= distance && !is_found; ++skip_a) {
        if (!meets(skip_a, distance - skip_a)) continue;
        change.old_count = skip_a;
        change.new_count = distance - skip_a;
        is_found = true;
      }
      if (is_found) break;
    }
    all.push_back(change);
    i += change.old_count;
    j += change.new_count;
  }
  return all;
}

}  // namespace

std::optional<std::string> with_value(std::string_view text, const std::vector<std::string>& steps,
                                      std::string_view value) {
  Complaints complaints{};
  const NodePtr root{parse_document(text, complaints.add_file("text"), complaints)};
  if (!root || steps.empty()) return std::nullopt;
  const Node* node{root.get()};
  std::size_t depth{0};
  while (depth < steps.size()) {
    const Node* const next{child(*node, steps[depth])};
    if (next == nullptr) break;
    node = next;
    ++depth;
  }
  if (depth == steps.size()) return replaced(text, *node, value);
  // A workload or a policy that is not in this text is in another file.
  if (node->kind != Node::Kind::map || depth < 2) return std::nullopt;
  return added(text, *node, written_below(steps, depth, value));
}

std::string unified_diff(std::string_view before, std::string_view after, std::string_view name) {
  if (before == after) return {};
  const auto a{lines_of(before)};
  const auto b{lines_of(after)};
  if (std::max(a.size(), b.size()) > lines_compared_max) return {};
  const auto changes{changes_of(a, b)};
  std::string out{fmt::format("--- {}\n+++ {}\n", name, name)};
  for (std::size_t first{0}; first < changes.size();) {
    // Changes whose surroundings touch are one hunk.
    std::size_t last{first};
    const auto end_of{[&](std::size_t i) { return changes[i].old_line + changes[i].old_count; }};
    while (last + 1 < changes.size() &&
           changes[last + 1].old_line <= end_of(last) + 2 * lines_around) {
      ++last;
    }
    const std::size_t lead{std::min(lines_around, changes[first].old_line)};
    const std::size_t tail{std::min(lines_around, a.size() - end_of(last))};
    const std::size_t old_begin{changes[first].old_line - lead};
    const std::size_t new_begin{changes[first].new_line - lead};
    const std::size_t old_count{end_of(last) + tail - old_begin};
    const std::size_t new_count{changes[last].new_line + changes[last].new_count + tail -
                                new_begin};
    out += fmt::format("@@ -{},{} +{},{} @@\n", old_begin + 1, old_count, new_begin + 1, new_count);
    std::size_t line{old_begin};
    for (std::size_t i{first}; i <= last; ++i) {
      for (; line < changes[i].old_line; ++line) out += hunk_line(' ', a[line]);
      for (; line < end_of(i); ++line) out += hunk_line('-', a[line]);
      for (std::size_t n{0}; n < changes[i].new_count; ++n) {
        out += hunk_line('+', b[changes[i].new_line + n]);
      }
    }
    for (std::size_t n{0}; n < tail; ++n) out += hunk_line(' ', a[line + n]);
    first = last + 1;
  }
  return out;
}

}  // namespace spillway::settings
