#include "controller/state/exact_json.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <utility>

namespace spillway::state {
namespace {

namespace json = boost::json;
using boost::system::error_code;

/// What the parser calls while it reads: builds the tree, keeps the limits.
class TreeHandler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit TreeHandler(std::size_t nodes_allowed) : nodes_left_{nodes_allowed} {}

  JsonNode take_root() { return std::move(root_); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& error) { return open(JsonNode::Kind::object, error); }
  bool on_array_begin(error_code& error) { return open(JsonNode::Kind::list, error); }
  bool on_object_end(std::size_t, error_code&) { return open_.pop_back(), true; }
  bool on_array_end(std::size_t, error_code&) { return open_.pop_back(), true; }

  bool on_key_part(json::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_key(json::string_view part, std::size_t, error_code&) {
    collect(part);
    open_.back()->keys.push_back(std::exchange(text_, {}));
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_string(json::string_view part, std::size_t, error_code& error) {
    return finish_text(JsonNode::Kind::text, part, error);
  }
  bool on_number_part(json::string_view part, error_code&) { return collect(part); }
  bool on_int64(std::int64_t, json::string_view part, error_code& error) {
    return finish_text(JsonNode::Kind::number, part, error);
  }
  bool on_uint64(std::uint64_t, json::string_view part, error_code& error) {
    return finish_text(JsonNode::Kind::number, part, error);
  }
  bool on_double(double, json::string_view part, error_code& error) {
    return finish_text(JsonNode::Kind::number, part, error);
  }
  bool on_bool(bool flag, error_code& error) {
    JsonNode* const node{add(JsonNode::Kind::boolean, error)};
    if (node != nullptr) node->flag = flag;
    return node != nullptr;
  }
  bool on_null(error_code& error) { return add(JsonNode::Kind::null, error) != nullptr; }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  bool collect(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool finish_text(JsonNode::Kind kind, json::string_view part, error_code& error) {
    collect(part);
    JsonNode* const node{add(kind, error)};
    if (node != nullptr) node->text = std::exchange(text_, {});
    return node != nullptr;
  }

  bool open(JsonNode::Kind kind, error_code& error) {
    JsonNode* const node{add(kind, error)};
    // The pointer stays good: its parent gets no further child before it is closed.
    if (node != nullptr) open_.push_back(node);
    return node != nullptr;
  }

  JsonNode* add(JsonNode::Kind kind, error_code& error) {
    if (nodes_left_ == 0) {
      error = json::error::array_too_large;
      return nullptr;
    }
    --nodes_left_;
    JsonNode* const node{open_.empty() ? &root_ : &open_.back()->items.emplace_back()};
    node->kind = kind;
    return node;
  }

  JsonNode root_{};
  std::vector<JsonNode*> open_{};
  std::string text_{};
  std::size_t nodes_left_;
};

/// The length of the UTF-8 sequence at the begin of `text`; zero if it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte{[&](std::size_t i) { return static_cast<unsigned char>(text[i]); }};
  const unsigned char first{byte(0)};
  if (first < 0x80) return 1;
  const std::size_t length{first >= 0xf0 ? 4U : first >= 0xe0 ? 3U : 2U};
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i{1}; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) > 0x9f) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) > 0x8f) return 0;
  return length;
}

}  // namespace

std::optional<std::int64_t> JsonNode::integer() const {
  std::int64_t value{};
  const char* const end{text.data() + text.size()};
  const auto [stop, error]{std::from_chars(text.data(), end, value)};
  if (kind != Kind::number || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<double> JsonNode::real() const {
  double value{};
  const char* const end{text.data() + text.size()};
  const auto [stop, error]{std::from_chars(text.data(), end, value)};
  if (kind != Kind::number || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

Result<JsonNode> parse_json(std::string_view document, const JsonLimits& limits) {
  if (document.size() > limits.bytes) {
    return Error{Errc::too_large, fmt::format("a JSON document of {} bytes: the limit is {}",
                                              document.size(), limits.bytes)};
  }
  json::parse_options options{};
  options.max_depth = limits.depth;
  json::basic_parser<TreeHandler> parser{options, limits.nodes};
  error_code error{};
  const std::size_t used{parser.write_some(false, document.data(), document.size(), error)};
  if (error == json::error::array_too_large) {
    return Error{Errc::too_large,
                 fmt::format("a JSON document of more than {} values", limits.nodes)};
  }
  if (!error && used < document.size()) error = json::error::extra_data;
  if (error) {
    return Error{Errc::malformed, fmt::format("not JSON at byte {}: {}", used, error.message())};
  }
  return parser.handler().take_root();
}

void append_json_text(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const std::size_t length{utf8_length(text)};
    const char first{text.front()};
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (first == '"' || first == '\\') {
      out.push_back('\\');
      out.push_back(first);
    } else if (static_cast<unsigned char>(first) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(first));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out.push_back('"');
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"";
    return;
  }
  std::array<char, 32> digits{};  // the longest, -2.2250738585072014e-308, has 24
  const auto written{std::to_chars(digits.data(), digits.data() + digits.size(), value)};
  out.append(digits.data(), written.ptr);
}

void append_json_number(std::string& out, std::int64_t value) {
  fmt::format_to(std::back_inserter(out), "{}", value);
}

}  // namespace spillway::state
