#include "controller/kubernetes/json_fields.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <limits>
#include <utility>

#include "controller/io/http.hpp"

namespace spillway::kubernetes {

namespace json = boost::json;

namespace {

/// The value of `key`, null if it is absent or JSON's null.
const json::value* present(const json::object* from, std::string_view key) {
  if (from == nullptr) return nullptr;
  const json::value* const value{from->if_contains(key)};
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace

Result<json::object> parse_object(std::string_view body) {
  boost::system::error_code failure{};
  json::value document = json::parse(body, failure);
  if (failure) {
    return Error{Errc::malformed,
                 fmt::format("not JSON ({}): {}", failure.message(), io::excerpt(body, 80))};
  }
  if (!document.is_object()) {
    return Error{Errc::malformed, "expected a JSON object, got: " + io::excerpt(body, 80)};
  }
  return std::move(document.get_object());
}

std::string FieldReader::text(const Object* from, std::string_view key) {
  const json::value* const value{present(from, key)};
  if (value == nullptr) return {};
  if (value->is_string()) return std::string{value->get_string()};
  expected("a text", key);
  return {};
}

int FieldReader::count(const Object* from, std::string_view key, int otherwise) {
  return optional_count(from, key).value_or(otherwise);
}

std::optional<int> FieldReader::optional_count(const Object* from, std::string_view key) {
  const json::value* const value{present(from, key)};
  if (value == nullptr) return std::nullopt;
  boost::system::error_code failure{};
  const auto number = value->to_number<int>(failure);
  if (!failure) return number;
  expected("a whole number", key);
  return std::nullopt;
}

bool FieldReader::flag(const Object* from, std::string_view key) {
  const json::value* const value{present(from, key)};
  if (value == nullptr) return false;
  if (value->is_bool()) return value->get_bool();
  expected("true or false", key);
  return false;
}

std::string FieldReader::text_or_number(const Object* from, std::string_view key) {
  const json::value* const value{present(from, key)};
  if (value == nullptr) return {};
  if (value->is_string()) return std::string{value->get_string()};
  if (value->is_int64()) return std::to_string(value->get_int64());
  if (value->is_uint64()) return std::to_string(value->get_uint64());
  if (value->is_double()) return fmt::format("{}", value->get_double());
  expected("a text or a number", key);
  return {};
}

std::vector<std::string> FieldReader::texts(const Object* from, std::string_view key) {
  const json::value* const value{present(from, key)};
  if (value == nullptr) return {};
  std::vector<std::string> texts{};
  const json::array* const list{value->if_array()};
  if (list == nullptr) {
    expected("a list", key);
    return {};
  }
  texts.reserve(list->size());
  for (const json::value& element : *list) {
    if (element.is_string()) {
      texts.emplace_back(element.get_string());
    } else {
      expected("a list of texts", key);
    }
  }
  return texts;
}

std::map<std::string, std::string> FieldReader::text_map(const Object* from, std::string_view key) {
  std::map<std::string, std::string> map{};
  const Object* const entries{object(from, key)};
  if (entries == nullptr) return map;
  for (const auto& [name, value] : *entries) {
    if (value.is_string()) {
      map.emplace(name, value.get_string());
    } else if (!value.is_null()) {
      expected("a map of texts", key);
    }
  }
  return map;
}

const json::object* FieldReader::object(const Object* from, std::string_view key) {
  const json::value* const value{present(from, key)};
  if (value == nullptr) return nullptr;
  if (value->is_object()) return &value->get_object();
  expected("an object", key);
  return nullptr;
}

std::vector<const json::object*> FieldReader::objects(const Object* from, std::string_view key) {
  const json::value* const value{present(from, key)};
  if (value == nullptr) return {};
  const json::array* const list{value->if_array()};
  if (list == nullptr) {
    expected("a list", key);
    return {};
  }
  std::vector<const json::object*> objects{};
  objects.reserve(list->size());
  for (const json::value& element : *list) {
    if (element.is_object()) {
      objects.push_back(&element.get_object());
    } else {
      expected("a list of objects", key);
    }
  }
  return objects;
}

void FieldReader::expected(std::string_view what, std::string_view key) {
  if (!mistake_) mistake_ = Error{Errc::malformed, fmt::format("'{}' should be {}", key, what)};
}

}  // namespace spillway::kubernetes
