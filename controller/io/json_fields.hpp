// Strict reading of JSON that somebody else wrote: an absent or null field is nothing, a field of
// the wrong type is an error that names it, an unknown field is nobody's business. Limits on size
// are the HTTP client's, on depth Boost.JSON's (32). Pure.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"

namespace spillway::io {

/// The list that `body` is. Error: as `parse_object`.
Result<boost::json::array> parse_array(std::string_view body);

/// The object that `body` is. Error: `malformed`, with the position or the beginning of the text.
Result<boost::json::object> parse_object(std::string_view body);

/// Reads fields of one document and remembers the first that has the wrong type, so that the
/// caller checks once, at the end.
class FieldReader {
 public:
  /// Empty if the field is absent.
  std::string text(const boost::json::object& object, std::string_view key);
  std::optional<double> number(const boost::json::object& object, std::string_view key);
  /// Null if the field is absent.
  const boost::json::object* object(const boost::json::object& object, std::string_view key);
  const boost::json::array* array(const boost::json::object& object, std::string_view key);
  /// Null, and remembered as a mistake, if `element` is not an object.
  const boost::json::object* element(const boost::json::value& element, std::string_view key);

  /// Remembers a mistake of another kind.
  void expected(std::string_view what, std::string_view key);

  /// The first mistake: `malformed`, `'ipAddress' should be an object`.
  const std::optional<Error>& mistake() const { return mistake_; }

 private:
  std::optional<Error> mistake_{};
};

}  // namespace spillway::io
