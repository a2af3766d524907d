// JSON read and written without losing a bit: numbers keep their text until somebody asks for an
// integer or a double, as Boost.JSON 1.81 rounds some doubles wrongly by one unit in the last
// place. A tree for documents of journal size, with limits; not a general JSON library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::state {

struct JsonNode {
  enum class Kind { null, boolean, number, text, list, object };

  Kind kind{Kind::null};
  bool flag{false};
  std::string text{};               ///< of a text (unescaped), or the digits of a number
  std::vector<std::string> keys{};  ///< of an object, in the order of `items`
  std::vector<JsonNode> items{};    ///< of a list or an object

  /// The number, if it is written as an integer and fits.
  std::optional<std::int64_t> integer() const;

  /// The double nearest to the number, exactly; nothing beyond the range of finite doubles.
  std::optional<double> real() const;
};

/// Bounds on what a document may make us hold.
struct JsonLimits {
  std::size_t bytes{std::size_t{16} << 20U};  ///< one tick of a workload with 10,000 groups: 5 MB
  std::size_t depth{32};                      ///< the journal's own is 8
  std::size_t nodes{2'000'000};               ///< of about 100 bytes each
};

/// The whole of `document`, strictly: UTF-8, no comments, nothing after the value. Errors:
/// `too_large`, `malformed` with the byte offset.
Result<JsonNode> parse_json(std::string_view document, const JsonLimits& limits = {});

/// Appends `text` in quotes. What is not UTF-8 becomes U+FFFD, so that every document is valid.
void append_json_text(std::string& out, std::string_view text);

/// Appends the shortest digits that give `value` back. NaN and infinities, which JSON numbers
/// cannot say, become the texts "nan", "inf" and "-inf".
void append_json_number(std::string& out, double value);
void append_json_number(std::string& out, std::int64_t value);

}  // namespace spillway::state
