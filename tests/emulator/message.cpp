#include "tests/emulator/message.hpp"

#include <algorithm>

#include "tests/emulator/json_text.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {

const std::string* find_header(const Headers& headers, std::string_view name) {
  const auto found{std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
    return equal_text(header.first, name);
  })};
  return found == headers.end() ? nullptr : &found->second;
}

Response json_response(unsigned status, const boost::json::value& body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json; charset=utf-8"}},
          .body = json_text(body)};
}

Response empty_response(unsigned status) {
  return {.status = status};
}

}  // namespace spillway::emulator
