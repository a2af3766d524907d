#include "controller/cli/json_text.hpp"

#include <fmt/format.h>

namespace json = boost::json;

namespace spillway::cli {

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value{object.if_contains(key)};
  if (!value || value->is_null()) return "-";
  if (value->is_string()) return std::string{value->as_string()};
  if (value->is_double()) return fmt::format("{:.4g}", value->as_double());
  return json::serialize(*value);
}

const json::array& list_of(const json::object& object, std::string_view key) {
  static const json::array nothing{};
  const json::value* value{object.if_contains(key)};
  return value && value->is_array() ? value->as_array() : nothing;
}

json::object object_of(const json::object& object, std::string_view key) {
  const json::value* value{object.if_contains(key)};
  return value && value->is_object() ? value->as_object() : json::object{};
}

}  // namespace spillway::cli
