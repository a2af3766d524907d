// A request target taken apart: decoded path segments and query parameters.
// Only the origin form is understood; anything else is bad input.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spillway::emulator {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Url {
  std::string path;                   ///< as received, without the query
  std::vector<std::string> segments;  ///< decoded; empty segments are dropped (`a//b` is `a/b`)
  Fields query;                       ///< decoded, in order

  /// The first query parameter `name`, compared without case as ARM does; nothing if absent.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// Nothing if the target is not in origin form or holds a broken `%` escape or a control byte.
std::optional<Url> parse_target(std::string_view target);

/// `a=b&c=d` with `+` as a blank: a query or a form body. Nothing on a broken escape.
std::optional<Fields> parse_form(std::string_view text);

/// Every byte outside the unreserved set as %XX.
std::string percent_encode(std::string_view text);

}  // namespace spillway::emulator
