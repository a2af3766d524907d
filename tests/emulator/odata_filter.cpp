#include "tests/emulator/odata_filter.hpp"

#include <algorithm>
#include <cctype>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

using Node = ODataFilter::Node;
using Clause = Node::Kind;

struct Token {
  enum class Kind { word, text, open, close, comma, end, broken };
  Kind kind{Kind::end};
  std::string text{};
};

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_{text} { next(); }

  std::optional<Node> whole() {
    auto node{any_of(0)};
    if (token_.kind != Token::Kind::end) return std::nullopt;
    return node;
  }

 private:
  static constexpr int depth_max{20};

  void next() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    if (rest_.empty()) {
      token_ = {};
      return;
    }
    const char first{rest_.front()};
    if (first == '\'') {
      read_text();
      return;
    }
    if (first == '(' || first == ')' || first == ',') {
      rest_.remove_prefix(1);
      token_ = {.kind = first == '('   ? Token::Kind::open
                        : first == ')' ? Token::Kind::close
                                       : Token::Kind::comma};
      return;
    }
    const std::size_t size{std::min(rest_.find_first_of(" ,()'"), rest_.size())};
    token_ = {.kind = Token::Kind::word, .text = std::string{rest_.substr(0, size)}};
    rest_.remove_prefix(size);
  }

  /// A quote inside a text is written twice.
  void read_text() {
    rest_.remove_prefix(1);
    token_ = {.kind = Token::Kind::text};
    while (!rest_.empty()) {
      const char c{rest_.front()};
      rest_.remove_prefix(1);
      if (c == '\'') {
        if (!rest_.starts_with('\'')) return;
        rest_.remove_prefix(1);
      }
      token_.text += c;
    }
    token_ = {.kind = Token::Kind::broken};
  }

  bool is_word(std::string_view word) const {
    return token_.kind == Token::Kind::word && equal_text(token_.text, word);
  }

  bool take(Token::Kind kind) {
    if (token_.kind != kind) return false;
    next();
    return true;
  }

  std::optional<Node> joined(std::string_view word, Clause kind, int depth) {
    const auto part{[&] { return kind == Clause::any_of ? all_of(depth) : one(depth); }};
    auto first{part()};
    if (!first || !is_word(word)) return first;
    Node node{.kind = kind};
    node.children.push_back(*std::move(first));
    while (is_word(word)) {
      next();
      auto another{part()};
      if (!another) return std::nullopt;
      node.children.push_back(*std::move(another));
    }
    return node;
  }
  std::optional<Node> any_of(int depth) { return joined("or", Clause::any_of, depth); }
  std::optional<Node> all_of(int depth) { return joined("and", Clause::all_of, depth); }

  std::optional<Node> one(int depth) {
    if (depth > depth_max) return std::nullopt;
    if (take(Token::Kind::open)) {
      auto inside{any_of(depth + 1)};
      if (!inside || !take(Token::Kind::close)) return std::nullopt;
      return inside;
    }
    if (token_.kind != Token::Kind::word) return std::nullopt;
    const std::string word{token_.text};
    next();
    if (equal_text(word, "not")) {
      auto inside{one(depth + 1)};
      if (!inside) return std::nullopt;
      Node node{.kind = Clause::none_of};
      node.children.push_back(*std::move(inside));
      return node;
    }
    return token_.kind == Token::Kind::open ? function(word) : comparison(word);
  }

  std::optional<Node> function(const std::string& name) {
    next();
    const Token first{token_};
    next();
    if (!take(Token::Kind::comma)) return std::nullopt;
    const Token second{token_};
    next();
    if (!take(Token::Kind::close)) return std::nullopt;
    // The old substringof has its arguments the other way round.
    const bool swapped{equal_text(name, "substringof")};
    const Token& field{swapped ? second : first};
    const Token& value{swapped ? first : second};
    if (field.kind != Token::Kind::word || value.kind != Token::Kind::text) return std::nullopt;
    Node node{.field = field.text, .value = value.text};
    if (swapped || equal_text(name, "contains")) {
      node.kind = Clause::contains;
    } else if (equal_text(name, "startswith")) {
      node.kind = Clause::starts_with;
    } else if (equal_text(name, "endswith")) {
      node.kind = Clause::ends_with;
    } else {
      return std::nullopt;
    }
    return node;
  }

  std::optional<Node> comparison(const std::string& field) {
    const bool equal{is_word("eq")};
    if (!equal && !is_word("ne")) return std::nullopt;
    next();
    if (token_.kind != Token::Kind::text && token_.kind != Token::Kind::word) return std::nullopt;
    Node node{
        .kind = equal ? Clause::equal : Clause::unequal, .field = field, .value = token_.text};
    next();
    return node;
  }

  std::string_view rest_;
  Token token_{};
};

bool holds(const Node& node, const ODataFilter::Lookup& lookup, bool exact) {
  const auto child{[&](const Node& inner) { return holds(inner, lookup, exact); }};
  switch (node.kind) {
    case Clause::everything:
      return true;
    case Clause::all_of:
      return std::all_of(node.children.begin(), node.children.end(), child);
    case Clause::any_of:
      return std::any_of(node.children.begin(), node.children.end(), child);
    case Clause::none_of:
      return std::none_of(node.children.begin(), node.children.end(), child);
    default:
      break;
  }
  const auto found{lookup(node.field)};
  if (!found) return node.kind == Clause::unequal;
  const std::string have{exact ? *found : lower_text(*found)};
  const std::string want{exact ? node.value : lower_text(node.value)};
  switch (node.kind) {
    case Clause::equal:
      return have == want;
    case Clause::unequal:
      return have != want;
    case Clause::contains:
      return have.find(want) != std::string::npos;
    case Clause::starts_with:
      return have.starts_with(want);
    default:
      return have.ends_with(want);
  }
}

}  // namespace

std::optional<ODataFilter> ODataFilter::parse(std::string_view text) {
  ODataFilter filter;
  if (text.find_first_not_of(' ') == std::string_view::npos) return filter;
  auto root{Parser{text}.whole()};
  if (!root) return std::nullopt;
  filter.root_ = *std::move(root);
  return filter;
}

bool ODataFilter::matches(const Lookup& lookup, bool exact) const {
  return holds(root_, lookup, exact);
}

}  // namespace spillway::emulator
