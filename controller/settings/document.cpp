#include "controller/settings/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "controller/settings/text_check.hpp"

namespace spillway::settings {
namespace {

/// Thrown through the parser by the builder after a complaint that ends the reading.
struct Stop {};

/// Builds the tree from the parser's events.
class Builder final : public YAML::EventHandler {
 public:
  Builder(const Lines& lines, std::string_view text, std::size_t file, Complaints& complaints)
      : lines_{lines}, text_{text}, file_{file}, complaints_{complaints} {}

  NodePtr root() const { return root_; }
  bool has_document() const { return documents_ > 0; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      stop(mark,
           "a second document starts here; a file holds one, so remove the \"---\" or \"...\"");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    // The parser's mark is where the next token begins: the key says more.
    Node node{.mark = pending_key_ ? pending_key_->mark : place(mark)};
    if (expects_key()) stop(mark, "a key is missing in front of the \":\"");
    add(std::make_shared<const Node>(std::move(node)), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) stop(mark, "a key must be plain text, not an alias");
    const auto found{anchors_.find(anchor)};
    if (found == anchors_.end()) stop(mark, "the alias is used inside the value it stands for");
    alias_values_ += found->second->size;
    if (alias_values_ > alias_values_max) {
      stop(mark, fmt::format("the aliases stand for more than {} values; write them out",
                             alias_values_max));
    }
    if (frames_.size() + found->second->depth > document_depth_max) too_deep(mark);
    add(found->second, YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    const bool is_quoted{tag != "?" && !tag.empty()};
    if (is_quoted) check_quote_is_closed(mark);
    if (expects_key()) {
      pending_key_ = Key{value, place(mark), is_quoted};
      return;
    }
    Node node{.kind = Node::Kind::scalar, .mark = place(mark), .text = value};
    node.is_quoted = is_quoted;
    add(std::make_shared<const Node>(std::move(node)), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Key {
    std::string text{};
    Mark mark{};
    bool is_quoted{false};
  };

  /// A list or map that is being read, and the key in front of it.
  struct Frame {
    Node node{};
    YAML::anchor_t anchor{};
    std::optional<Key> key_of_frame{};
    std::vector<NodePtr> merged{};  ///< values of the merge key `<<`
    std::unordered_map<std::string, int> line_of_key{};
  };

  Mark place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message) {
    complaints_.report(place(mark), {}, std::move(message));
    throw Stop{};
  }

  [[noreturn]] void too_deep(const YAML::Mark& mark) {
    stop(mark, fmt::format("nested deeper than {} levels", document_depth_max));
  }

  bool expects_key() const {
    return !frames_.empty() && frames_.back().node.kind == Node::Kind::map && !pending_key_;
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    const bool is_known{tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str"};
    if (!is_known)
      stop(mark, fmt::format("the YAML tag {} is not supported; write the value without it",
                             quoted(tag)));
  }

  /// The parser takes a quote without an end as text up to the end of the file.
  void check_quote_is_closed(const YAML::Mark& mark) {
    std::size_t at{lines_.offset(mark.line + 1, mark.column + 1)};
    if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return;
    const char quote{text_[at]};
    for (++at; at < text_.size(); ++at) {
      if (quote == '"' && text_[at] == '\\') {
        ++at;
      } else if (text_[at] == quote) {
        const bool is_doubled{quote == '\'' && at + 1 < text_.size() && text_[at + 1] == quote};
        if (!is_doubled) return;
        ++at;
      }
    }
    stop(mark, "the quote that opens here is never closed");
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    check_tag(mark, tag);
    if (expects_key()) stop(mark, "a key must be plain text, not a list or a map");
    if (frames_.size() >= document_depth_max) too_deep(mark);
    Frame frame{.node = {.kind = kind, .mark = place(mark)}, .anchor = anchor};
    frame.key_of_frame = std::exchange(pending_key_, std::nullopt);
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame{std::move(frames_.back())};
    frames_.pop_back();
    for (const NodePtr& merged : frame.merged) merge(frame, *merged);
    pending_key_ = std::move(frame.key_of_frame);
    add(std::make_shared<const Node>(std::move(frame.node)), frame.anchor);
  }

  void add(NodePtr node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame{frames_.back()};
    frame.node.size += node->size;
    frame.node.depth = std::max(frame.node.depth, node->depth + 1);
    if (frame.node.kind == Node::Kind::list) {
      frame.node.items.push_back(std::move(node));
      return;
    }
    const Key key{*std::exchange(pending_key_, std::nullopt)};
    if (key.text == "<<" && !key.is_quoted) {
      add_merge(frame, key, std::move(node));
      return;
    }
    const auto [first, is_new]{frame.line_of_key.emplace(key.text, key.mark.line)};
    if (is_new) {
      frame.node.entries.push_back({key.text, key.mark, std::move(node)});
    } else {
      complaints_.report(key.mark, join_path(path_of_frame(), key.text),
                         fmt::format("duplicate key; it is already in line {}", first->second));
    }
  }

  /// The path of the list or map that is being read.
  std::string path_of_frame() const {
    std::string path;
    for (std::size_t i{1}; i < frames_.size(); ++i) {
      const auto& key{frames_[i].key_of_frame};
      path = key ? join_path(path, key->text)
                 : fmt::format("{}[{}]", path, frames_[i - 1].node.items.size());
    }
    return path;
  }

  void add_merge(Frame& frame, const Key& key, NodePtr node) {
    const std::vector<NodePtr> maps{node->kind == Node::Kind::list ? node->items
                                                                   : std::vector<NodePtr>{node}};
    for (const NodePtr& map : maps) {
      if (map->kind == Node::Kind::map) {
        frame.merged.push_back(map);
      } else {
        complaints_.report(key.mark, {},
                           "\"<<\" merges maps; expected an alias of a map, such as <<: *common");
      }
    }
  }

  /// Keys written in the map win over merged ones, and earlier merged ones over later ones.
  static void merge(Frame& frame, const Node& map) {
    for (const MapEntry& entry : map.entries) {
      if (frame.line_of_key.emplace(entry.key, entry.key_mark.line).second) {
        frame.node.entries.push_back(entry);
      }
    }
  }

  const Lines& lines_;
  std::string_view text_;
  std::size_t file_;
  Complaints& complaints_;
  std::vector<Frame> frames_{};
  std::optional<Key> pending_key_{};
  std::map<YAML::anchor_t, NodePtr> anchors_{};
  std::size_t alias_values_{0};
  int documents_{0};
  NodePtr root_{};
};

/// The parser's words, and ours with advice.
std::string clearer(std::string_view message) {
  struct Wording {
    std::string_view theirs;
    std::string_view ours;
  };
  static constexpr std::array wordings{
      Wording{
          "illegal map value",
          "unexpected \":\"; check the indentation of this line and of the one above, and quote "
          "a text that contains \": \""},
      Wording{"end of map not found",
              "the indentation fits no line above; align keys of one section exactly"},
      Wording{"end of sequence not found",
              "the indentation fits no line above; align the \"-\" of one list exactly"},
      Wording{"end of map flow not found", "a \"{\" before here is never closed with \"}\""},
      Wording{"end of sequence flow not found", "a \"[\" before here is never closed with \"]\""},
      Wording{"illegal EOF in scalar", "a quote is opened and never closed"},
      Wording{"illegal flow end", "a closing bracket without an opening one"},
      Wording{"illegal block entry",
              "unexpected \"-\"; a list begins on a line of its own, below its key"},
      Wording{"the referenced anchor is not defined",
              "the alias stands for nothing: no anchor (&name) of this name before here"},
      Wording{"unknown token",
              "a text that begins with this character must be quoted (% @ ` and tab)"},
      Wording{"illegal tab when looking for indentation",
              "a tab indents this line; YAML allows only spaces"},
  };
  for (const Wording& wording : wordings) {
    if (wording.theirs == message) return std::string{wording.ours};
  }
  return fmt::format("not YAML: {}", message);
}

void report_parser_error(const YAML::Exception& error, std::string_view text, const Lines& lines,
                         std::size_t file, Complaints& complaints) {
  Mark mark{file, error.mark.line + 1, error.mark.column + 1};
  // What the parser trips over is often a tab in this line or the one above.
  for (const int number : {mark.line, mark.line - 1}) {
    if (const int column{indenting_tab(lines.line(number))}; column > 0) {
      complaints.report({file, number, column}, {},
                        "a tab indents this line; YAML allows only spaces");
      return;
    }
  }
  // Outside of braces and brackets the parser takes it for a letter like others.
  const std::size_t at{lines.offset(mark.line, mark.column)};
  if (error.msg == "unknown token" && at < text.size() && text[at] == '?') {
    complaints.report(mark, {}, "inside { } and [ ] a text that contains \"?\" must be quoted");
    return;
  }
  // The "{" of a variable begins a map there.
  if (error.msg.starts_with("end of map flow") && at > 0 && at < text.size() && text[at] == '{' &&
      text[at - 1] == '$') {
    complaints.report({file, mark.line, mark.column - 1}, {},
                      "inside { } and [ ] a ${NAME} must be quoted: \"${NAME}\"");
    return;
  }
  if (const auto quote{swallowing_quote(text, mark.line)}) {
    complaints.report({file, *quote, 1}, {},
                      fmt::format("a quote opens in this line and closes only in line {}, where "
                                  "YAML is lost; was it to close here?",
                                  mark.line));
    return;
  }
  complaints.report(mark, {}, clearer(error.msg));
}

bool check_indentation(std::string_view text, const Lines& lines, std::size_t file,
                       Complaints& complaints) {
  const int count{static_cast<int>(std::ranges::count(text, '\n')) + 1};
  for (int number{1}; number <= count; ++number) {
    if (indenting_tab(lines.line(number)) == 1) {
      complaints.report({file, number, 1}, {}, "a tab indents this line; YAML allows only spaces");
      return false;
    }
    if (const int column{indenting_no_break_space(lines.line(number))}; column > 0) {
      complaints.report({file, number, column}, {},
                        "a no-break space indents this line; write a plain space in its place");
      return false;
    }
  }
  return true;
}

NodePtr build(std::string_view text, std::size_t file, Complaints& complaints) {
  const Lines lines{text};
  if (!check_indentation(text, lines, file, complaints)) return nullptr;
  Builder builder{lines, text, file, complaints};
  try {
    std::istringstream stream{std::string{text}};
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return nullptr;
  } catch (const YAML::Exception& error) {
    report_parser_error(error, text, lines, file, complaints);
    return nullptr;
  }
  if (!builder.has_document() || !builder.root()) {
    complaints.report({file}, {}, "the file is empty; `spillway schema` lists what it may contain");
    return nullptr;
  }
  return builder.root();
}

}  // namespace

NodePtr parse_document(std::string_view text, std::size_t file, Complaints& complaints) {
  if (text.size() > document_bytes_max) {
    complaints.report(
        {file}, {},
        fmt::format("the file has {} bytes; at most {} MiB are read, so split it with "
                    "\"include\"",
                    text.size(), document_bytes_max >> 20U));
    return nullptr;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!check_characters(text, file, complaints)) return nullptr;
  NodePtr root{build(text, file, complaints)};
  if (root && root->kind != Node::Kind::map) {
    complaints.report({file, std::max(1, root->mark.line), std::max(1, root->mark.column)}, {},
                      "found no map; expected keys with values, such as \"mode: observe\"");
    return nullptr;
  }
  return root;
}

}  // namespace spillway::settings
