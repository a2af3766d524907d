// Reading of JSON that an API server wrote: an absent or null field is nothing, a field of the
// wrong type is a mistake that names it, an unknown field is nobody's business. Tolerates a null
// object, so that deep paths need no ladder of ifs. Limits on size are the HTTP client's, on depth
// Boost.JSON's (32). Pure.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::kubernetes {

/// The object that `body` is. Error: `malformed`, with the position or the beginning of the text.
Result<boost::json::object> parse_object(std::string_view body);

/// Reads fields of one document and remembers the first that has the wrong type, so that the caller
/// checks once, at the end. Every `from` may be null: then everything in it is absent.
class FieldReader {
 public:
  using Object = boost::json::object;

  /// Empty if the field is absent.
  std::string text(const Object* from, std::string_view key);
  /// A whole number; `otherwise` if the field is absent.
  int count(const Object* from, std::string_view key, int otherwise = 0);
  std::optional<int> optional_count(const Object* from, std::string_view key);
  /// False if the field is absent.
  bool flag(const Object* from, std::string_view key);
  /// As text, be it written as a text or as a number: quantities and ports may be either.
  std::string text_or_number(const Object* from, std::string_view key);
  std::vector<std::string> texts(const Object* from, std::string_view key);
  std::map<std::string, std::string> text_map(const Object* from, std::string_view key);
  /// Null if the field is absent.
  const Object* object(const Object* from, std::string_view key);
  /// Those elements that are objects; anything else is a mistake. Empty if the field is absent.
  std::vector<const Object*> objects(const Object* from, std::string_view key);

  /// Remembers a mistake of another kind.
  void expected(std::string_view what, std::string_view key);

  /// The first mistake: `malformed`, `'spec' should be an object`.
  const std::optional<Error>& mistake() const { return mistake_; }

 private:
  std::optional<Error> mistake_{};
};

}  // namespace spillway::kubernetes
