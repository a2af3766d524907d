#include "controller/kubernetes/yaml_json.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <exception>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace spillway::kubernetes {

namespace json = boost::json;

namespace {

constexpr std::size_t depth_max{32};

/// Thrown through the parser by the builder.
struct Stop {
  YAML::Mark mark{};
  std::string message{};
};

class JsonBuilder final : public YAML::EventHandler {
 public:
  std::optional<json::value> take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw Stop{mark, "a second document starts here"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) throw Stop{mark, "a key is missing in front of the \":\""};
    add(mark, anchor, nullptr);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Stop{mark, "aliases are not supported here: write the value out"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (expects_key()) {
      frames_.back().key = value;
      return;
    }
    const bool is_plain{tag == "?"};
    const bool is_null{is_plain && (value.empty() || value == "~" || value == "null")};
    add(mark, anchor, is_null ? json::value{} : json::value(value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, json::array{});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, json::object{});
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    json::value value{};
    YAML::Mark mark{};
    std::optional<std::string> key{};  ///< of a map: read, and its value not yet
  };

  bool expects_key() const {
    return !frames_.empty() && frames_.back().value.is_object() && !frames_.back().key;
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, json::value value) {
    if (expects_key()) throw Stop{mark, "a key must be plain text"};
    if (anchor != YAML::NullAnchor) throw Stop{mark, "anchors are not supported here"};
    if (frames_.size() >= depth_max) {
      throw Stop{mark, fmt::format("nested deeper than {} levels", depth_max)};
    }
    frames_.push_back({.value = std::move(value), .mark = mark});
  }

  void close() {
    Frame frame{std::move(frames_.back())};
    frames_.pop_back();
    add(frame.mark, YAML::NullAnchor, std::move(frame.value));
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, json::value value) {
    if (anchor != YAML::NullAnchor) throw Stop{mark, "anchors are not supported here"};
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& frame{frames_.back()};
    if (json::array* const list{frame.value.if_array()}) {
      list->push_back(std::move(value));
      return;
    }
    const std::string key{*std::exchange(frame.key, std::nullopt)};
    const auto [entry, is_new] = frame.value.get_object().emplace(key, std::move(value));
    if (!is_new) throw Stop{mark, fmt::format("\"{}\" is there twice", key)};
  }

  std::vector<Frame> frames_{};
  std::optional<json::value> root_{};
  int documents_{0};
};

Error broken(const YAML::Mark& mark, std::string_view message) {
  return Error{Errc::malformed,
               fmt::format("line {}, column {}: {}", mark.line + 1, mark.column + 1, message)};
}

}  // namespace

Result<json::object> parse_yaml(std::string_view text) {
  JsonBuilder builder{};
  try {
    std::istringstream stream{std::string{text}};
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    return broken(stop.mark, stop.message);
  } catch (const YAML::Exception& failure) {
    return broken(failure.mark, failure.msg);
  } catch (const std::exception& failure) {
    return Error{Errc::malformed, fmt::format("not YAML: {}", failure.what())};
  }
  auto root{builder.take_root()};
  if (!root || !root->is_object()) return Error{Errc::malformed, "expected a map of settings"};
  return std::move(root->get_object());
}

}  // namespace spillway::kubernetes
