#include "controller/io/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cmath>
#include <utility>

#include "controller/io/http.hpp"

namespace spillway::io {

namespace json = boost::json;

namespace {

/// The value of `key`, null if it is absent or JSON's null.
const json::value* present(const json::object& object, std::string_view key) {
  const json::value* const value{object.if_contains(key)};
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<json::value> parse(std::string_view body) {
  boost::system::error_code failure{};
  json::value document = json::parse(body, failure);
  if (!failure) return document;
  return Error{Errc::malformed,
               fmt::format("not JSON ({}): {}", failure.message(), excerpt(body, 80))};
}

}  // namespace

Result<json::array> parse_array(std::string_view body) {
  auto document = parse(body);
  if (!document) return document.error();
  if (document->is_array()) return std::move(document->get_array());
  return Error{Errc::malformed, "expected a JSON list, got: " + excerpt(body, 80)};
}

Result<json::object> parse_object(std::string_view body) {
  auto document = parse(body);
  if (!document) return document.error();
  if (document->is_object()) return std::move(document->get_object());
  return Error{Errc::malformed, "expected a JSON object, got: " + excerpt(body, 80)};
}

std::string FieldReader::text(const json::object& object, std::string_view key) {
  const json::value* const value{present(object, key)};
  if (value == nullptr) return {};
  if (value->is_string()) return std::string{value->get_string()};
  expected("a text", key);
  return {};
}

std::optional<double> FieldReader::number(const json::object& object, std::string_view key) {
  const json::value* const value{present(object, key)};
  if (value == nullptr) return std::nullopt;
  boost::system::error_code failure{};
  const auto number = value->to_number<double>(failure);
  if (!failure && std::isfinite(number)) return number;
  expected("a number", key);
  return std::nullopt;
}

std::int64_t FieldReader::whole(const json::object& object, std::string_view key) {
  constexpr double highest{9e15};
  return static_cast<std::int64_t>(
      std::clamp(number(object, key).value_or(0.0), -highest, highest));
}

int FieldReader::count(const json::object& object, std::string_view key) {
  constexpr std::int64_t highest{1'000'000'000};
  return static_cast<int>(std::clamp<std::int64_t>(whole(object, key), 0, highest));
}

std::vector<std::string> FieldReader::texts(const json::object& object, std::string_view key) {
  std::vector<std::string> all{};
  const json::array* const list{array(object, key)};
  if (list == nullptr) return all;
  for (const json::value& each : *list) {
    if (each.is_string()) {
      all.emplace_back(each.get_string());
    } else {
      expected("a list of texts", key);
    }
  }
  return all;
}

std::map<std::string, std::string> FieldReader::text_map(const json::object& object,
                                                         std::string_view key) {
  std::map<std::string, std::string> all{};
  const json::object* const entries{this->object(object, key)};
  if (entries == nullptr) return all;
  for (const auto& [name, value] : *entries) {
    if (value.is_string()) all.emplace(name, std::string{value.get_string()});
  }
  return all;
}

const json::object* FieldReader::object(const json::object& object, std::string_view key) {
  const json::value* const value{present(object, key)};
  return value == nullptr ? nullptr : element(*value, key);
}

const json::array* FieldReader::array(const json::object& object, std::string_view key) {
  const json::value* const value{present(object, key)};
  if (value == nullptr) return nullptr;
  if (value->is_array()) return &value->get_array();
  expected("a list", key);
  return nullptr;
}

const json::object* FieldReader::element(const json::value& element, std::string_view key) {
  if (element.is_object()) return &element.get_object();
  expected("an object", key);
  return nullptr;
}

void FieldReader::expected(std::string_view what, std::string_view key) {
  if (!mistake_) mistake_ = Error{Errc::malformed, fmt::format("'{}' should be {}", key, what)};
}

}  // namespace spillway::io
