// What HAProxy's runtime API says is told by its words alone: there are no status codes. Pure.
#pragma once

#include <string_view>

namespace spillway::haproxy {

/// Holds an answer these words?
inline bool says(std::string_view answer, std::string_view words) {
  return answer.find(words) != std::string_view::npos;
}

/// Is there nothing but the end of a line?
inline bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \r\n") == std::string_view::npos;
}

}  // namespace spillway::haproxy
