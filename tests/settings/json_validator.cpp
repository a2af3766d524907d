#include "tests/settings/json_validator.hpp"

#include <charconv>
#include <regex>
#include <stdexcept>

namespace spillway::settings {
namespace {

namespace json = boost::json;

class Validator {
 public:
  explicit Validator(const json::object& root) : root_{root} {}

  std::string check(const json::object& schema, const json::value& value, const std::string& path) {
    for (const auto& [keyword, rule] : schema) {
      const std::string problem{check_keyword(keyword, rule, schema, value, path)};
      if (!problem.empty()) return problem;
    }
    return {};
  }

 private:
  static bool is_type(std::string_view type, const json::value& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_int64();
    if (type == "number") return value.is_number();
    throw std::runtime_error{"unknown type"};
  }

  int matching(const json::array& schemas, const json::value& value, const std::string& path) {
    int count{0};
    for (const json::value& each : schemas) count += check(each.as_object(), value, path).empty();
    return count;
  }

  std::string check_object(std::string_view keyword, const json::value& rule,
                           const json::object& schema, const json::object& object,
                           const std::string& path) {
    if (keyword == "required") {
      for (const json::value& key : rule.as_array()) {
        if (!object.contains(key.as_string())) return path + ": missing " + key.as_string().c_str();
      }
    } else if (keyword == "properties") {
      for (const auto& [key, inner] : rule.as_object()) {
        const json::value* const value{object.if_contains(key)};
        if (value == nullptr) continue;
        std::string problem{check(inner.as_object(), *value, path + "." + std::string{key})};
        if (!problem.empty()) return problem;
      }
    } else if (keyword == "additionalProperties") {
      const json::value* const known{schema.if_contains("properties")};
      for (const auto& [key, value] : object) {
        if (known != nullptr && known->as_object().contains(key)) continue;
        if (rule.is_bool()) return path + ": unknown key " + std::string{key};
        std::string problem{check(rule.as_object(), value, path + "." + std::string{key})};
        if (!problem.empty()) return problem;
      }
    } else if (keyword == "propertyNames") {
      for (const auto& [key, value] : object) {
        std::string problem{check(rule.as_object(), json::value(key), path)};
        if (!problem.empty()) return problem;
      }
    } else if (object.size() < static_cast<std::size_t>(rule.as_int64())) {  // minProperties
      return path + ": empty";
    }
    return {};
  }

  static bool is_text_ok(std::string_view keyword, const json::value& rule,
                         const std::string& text) {
    if (keyword == "pattern") return std::regex_search(text, std::regex{rule.as_string().c_str()});
    const auto limit{rule.to_number<std::size_t>()};
    return keyword == "minLength" ? text.size() >= limit : text.size() <= limit;
  }

  std::string check_keyword(std::string_view keyword, const json::value& rule,
                            const json::object& schema, const json::value& value,
                            const std::string& path) {
    const auto fail{
        [&](bool is_ok) { return is_ok ? std::string{} : path + ": " + std::string{keyword}; }};
    if (keyword == "$ref") {
      const std::string name{std::string_view{rule.as_string()}.substr(8)};
      return check(root_.at("$defs").at(name).as_object(), value, path);
    }
    if (keyword == "type") {
      if (rule.is_string()) return fail(is_type(rule.as_string(), value));
      bool is_any{false};
      for (const json::value& type : rule.as_array()) {
        is_any = is_any || is_type(type.as_string(), value);
      }
      return fail(is_any);
    }
    if (keyword == "anyOf") return fail(matching(rule.as_array(), value, path) > 0);
    if (keyword == "oneOf") return fail(matching(rule.as_array(), value, path) == 1);
    if (keyword == "const") return fail(rule == value);
    if (keyword == "enum") {
      const json::array& words{rule.as_array()};
      return fail(std::find(words.begin(), words.end(), value) != words.end());
    }
    if (keyword == "minimum" || keyword == "maximum") {
      if (!value.is_number()) return {};
      const double number{value.to_number<double>()};
      const double limit{rule.to_number<double>()};
      return fail(keyword == "minimum" ? number >= limit : number <= limit);
    }
    if (keyword == "pattern" || keyword == "minLength" || keyword == "maxLength") {
      return fail(!value.is_string() ||
                  is_text_ok(keyword, rule, std::string{value.as_string().c_str()}));
    }
    if (keyword == "items" || keyword == "minItems") {
      if (!value.is_array()) return {};
      const json::array& list{value.as_array()};
      if (keyword == "minItems") return fail(list.size() >= rule.to_number<std::size_t>());
      for (std::size_t i{0}; i < list.size(); ++i) {
        const std::string element{path + "[" + std::to_string(i) + "]"};
        std::string problem{check(rule.as_object(), list[i], element)};
        if (!problem.empty()) return problem;
      }
      return {};
    }
    if (keyword == "required" || keyword == "properties" || keyword == "additionalProperties" ||
        keyword == "propertyNames" || keyword == "minProperties") {
      return value.is_object() ? check_object(keyword, rule, schema, value.as_object(), path) : "";
    }
    if (keyword == "$schema" || keyword == "$defs" || keyword == "title" ||
        keyword == "description" || keyword == "default") {
      return {};
    }
    throw std::runtime_error{"unknown keyword " + std::string{keyword}};
  }

  const json::object& root_;
};

json::value scalar(const Node& node) {
  const std::string& text{node.text};
  const char* const last{text.data() + text.size()};
  if (!node.is_quoted) {
    if (text == "true" || text == "false") return json::value(text == "true");
    std::int64_t whole{};
    if (const auto end{std::from_chars(text.data(), last, whole)};
        end.ec == std::errc{} && end.ptr == last) {
      return json::value(whole);
    }
    double number{};
    if (const auto end{std::from_chars(text.data(), last, number)};
        end.ec == std::errc{} && end.ptr == last) {
      return json::value(number);
    }
  }
  return json::value(json::string(text));
}

}  // namespace

std::string validate(const json::object& schema, const json::value& value) {
  return Validator{schema}.check(schema, value, "$");
}

json::value json_of(const Node& node) {
  if (node.kind == Node::Kind::nothing) return nullptr;
  if (node.kind == Node::Kind::scalar) return scalar(node);
  if (node.kind == Node::Kind::list) {
    json::array list;
    for (const NodePtr& item : node.items) list.push_back(json_of(*item));
    return list;
  }
  json::object object;
  for (const MapEntry& entry : node.entries) object[entry.key] = json_of(*entry.value);
  return object;
}

}  // namespace spillway::settings
