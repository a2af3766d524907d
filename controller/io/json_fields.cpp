#include "controller/io/json_fields.hpp"

#include <fmt/format.h>

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
