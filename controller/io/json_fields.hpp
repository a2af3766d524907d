// Strict reading of JSON that somebody else wrote: an absent or null field is nothing, a field of
// the wrong type is an error that names it, an unknown field is nobody's business. Limits on size
// are the HTTP client's, on depth Boost.JSON's (32). Pure.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  /// A number without its fraction, within +-9e15, where a double is still exact; 0 if absent.
  std::int64_t whole(const boost::json::object& object, std::string_view key);
  /// The same from 0 to a thousand million: what counts things.
  int count(const boost::json::object& object, std::string_view key);
  /// Empty if the field is absent. Every element has to be a text.
  std::vector<std::string> texts(const boost::json::object& object, std::string_view key);
  /// Empty if the field is absent; entries that are no texts are left out, as labels of any shape
  /// are nobody's business.
  std::map<std::string, std::string> text_map(const boost::json::object& object,
                                              std::string_view key);
  /// Null if the field is absent.
  const boost::json::object* object(const boost::json::object& object, std::string_view key);
  const boost::json::array* array(const boost::json::object& object, std::string_view key);
  /// Null, and remembered as a mistake, if `element` is not an object.
  const boost::json::object* element(const boost::json::value& element, std::string_view key);

  /// Calls `read` with each object of a list; not at all if the field is absent.
  template <class Read>
  void each(const boost::json::object& object, std::string_view key, const Read& read) {
    const boost::json::array* const list{array(object, key)};
    if (list == nullptr) return;
    for (const boost::json::value& value : *list) {
      if (const auto* const found = element(value, key)) read(*found);
    }
  }

  /// Remembers a mistake of another kind.
  void expected(std::string_view what, std::string_view key);

  /// The first mistake: `malformed`, `'ipAddress' should be an object`.
  const std::optional<Error>& mistake() const { return mistake_; }

 private:
  std::optional<Error> mistake_{};
};

}  // namespace spillway::io
