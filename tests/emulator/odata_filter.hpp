// The part of OData's `$filter` that Azure's lists and the Retail Prices API take: eq, ne, and, or,
// not, parentheses, contains, startswith, endswith, substringof.
// It compares texts; numbers and booleans in a filter compare by their spelling.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::emulator {

class ODataFilter {
 public:
  /// The value of a field of the row at hand; nothing if rows have no such field.
  using Lookup = std::function<std::optional<std::string>(std::string_view field)>;

  /// Nothing if `text` is not a filter. An empty text matches everything.
  static std::optional<ODataFilter> parse(std::string_view text);

  /// Field names compare without case; values do too unless `exact`.
  bool matches(const Lookup& lookup, bool exact) const;

  struct Node {
    enum class Kind {
      everything,
      all_of,
      any_of,
      none_of,
      equal,
      unequal,
      contains,
      starts_with,
      ends_with
    };
    Kind kind{Kind::everything};
    std::vector<Node> children{};
    std::string field{};
    std::string value{};
  };

 private:
  Node root_{};
};

}  // namespace spillway::emulator
